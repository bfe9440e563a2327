//! The grammar's node kinds and fields as enums: the only place that spells the grammar's names.

use std::sync::LazyLock;

use tree_sitter::{Language, Node};

/// Declares an enum together with the grammar's spelling of each variant.
macro_rules! kinds {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// A node kind that lowering knows.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum NodeKind { $($variant,)* Error, Other }

        fn kind_of(name: &str) -> NodeKind {
            match name { $($name => NodeKind::$variant,)* _ => NodeKind::Other }
        }
    };
}

kinds! {
    Module = "module", Comment = "comment", LineContinuation = "line_continuation",
    Import = "import_statement", ImportFrom = "import_from_statement", FutureImport = "future_import_statement",
    WildcardImport = "wildcard_import", RelativeImport = "relative_import", ImportPrefix = "import_prefix",
    AliasedImport = "aliased_import", DottedName = "dotted_name",
    Print = "print_statement", Exec = "exec_statement", Chevron = "chevron", Assert = "assert_statement",
    ExpressionStatement = "expression_statement", Named = "named_expression", Return = "return_statement",
    Delete = "delete_statement", Raise = "raise_statement", Pass = "pass_statement", Break = "break_statement",
    Continue = "continue_statement", If = "if_statement", Elif = "elif_clause", Else = "else_clause",
    Match = "match_statement", CaseClause = "case_clause", For = "for_statement", While = "while_statement",
    Try = "try_statement", Except = "except_clause", ExceptGroup = "except_group_clause", Finally = "finally_clause",
    With = "with_statement", WithClause = "with_clause", WithItem = "with_item",
    Function = "function_definition", Parameters = "parameters", LambdaParameters = "lambda_parameters",
    ListSplat = "list_splat", DictionarySplat = "dictionary_splat", Global = "global_statement",
    Nonlocal = "nonlocal_statement", TypeAlias = "type_alias_statement", Class = "class_definition",
    Decorated = "decorated_definition", Decorator = "decorator", Block = "block", ExpressionList = "expression_list",
    TuplePattern = "tuple_pattern", ListPattern = "list_pattern", PatternList = "pattern_list",
    DefaultParameter = "default_parameter", TypedDefaultParameter = "typed_default_parameter",
    TypedParameter = "typed_parameter", ListSplatPattern = "list_splat_pattern",
    DictionarySplatPattern = "dictionary_splat_pattern", AsPattern = "as_pattern",
    AsPatternTarget = "as_pattern_target", NotOperator = "not_operator", BooleanOperator = "boolean_operator",
    BinaryOperator = "binary_operator", UnaryOperator = "unary_operator", Comparison = "comparison_operator",
    Lambda = "lambda", Assignment = "assignment", AugmentedAssignment = "augmented_assignment", Yield = "yield",
    Attribute = "attribute", Subscript = "subscript", Slice = "slice", Call = "call", ArgumentList = "argument_list",
    Type = "type", GenericType = "generic_type", UnionType = "union_type", MemberType = "member_type",
    ConstrainedType = "constrained_type", SplatType = "splat_type", TypeParameter = "type_parameter",
    KeywordArgument = "keyword_argument", List = "list", Set = "set", Tuple = "tuple", Dictionary = "dictionary",
    Pair = "pair", ListComprehension = "list_comprehension", DictionaryComprehension = "dictionary_comprehension",
    SetComprehension = "set_comprehension", GeneratorExpression = "generator_expression",
    ForInClause = "for_in_clause", IfClause = "if_clause", Parenthesized = "parenthesized_expression",
    ParenthesizedListSplat = "parenthesized_list_splat", Conditional = "conditional_expression",
    ConcatenatedString = "concatenated_string", String = "string", StringStart = "string_start",
    StringContent = "string_content", StringEnd = "string_end", Interpolation = "interpolation",
    FormatSpecifier = "format_specifier", FormatExpression = "format_expression",
    EscapeSequence = "escape_sequence", EscapeInterpolation = "escape_interpolation", Integer = "integer",
    Float = "float", Identifier = "identifier", True = "true", False = "false", None = "none", Await = "await",
    Ellipsis = "ellipsis", KeywordSeparator = "keyword_separator", PositionalSeparator = "positional_separator",
    CasePattern = "case_pattern", ClassPattern = "class_pattern", KeywordPattern = "keyword_pattern",
    DictPattern = "dict_pattern", SplatPattern = "splat_pattern", UnionPattern = "union_pattern",
    ComplexPattern = "complex_pattern",
    AsyncToken = "async", CommaToken = ",", OpenParen = "(", Star = "*", DoubleStar = "**", Underscore = "_",
}

/// Declares the fields that lowering reads.
macro_rules! fields {
    ($($variant:ident = $name:literal),* $(,)?) => {
        /// The field of a child in its parent.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(crate) enum Field { $($variant,)* Other }

        fn field_of(name: &str) -> Field {
            match name { $($name => Field::$variant,)* _ => Field::Other }
        }
    };
}

fields! {
    Alias = "alias", Alternative = "alternative", Argument = "argument", Arguments = "arguments",
    Attribute = "attribute", Body = "body", Cause = "cause", Condition = "condition", Consequence = "consequence",
    Definition = "definition", Expression = "expression", Function = "function", Guard = "guard", Key = "key",
    Left = "left", ModuleName = "module_name", Name = "name", Object = "object", Operator = "operator",
    Operators = "operators", Parameters = "parameters", ReturnType = "return_type", Right = "right",
    Subject = "subject", Subscript = "subscript", Superclasses = "superclasses", Type = "type", Value = "value",
    TypeParameters = "type_parameters", TypeConversion = "type_conversion", FormatSpecifier = "format_specifier",
}

struct Grammar {
    language: Language,
    kinds: Vec<NodeKind>,
    fields: Vec<Field>,
}

static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| {
    let language: Language = tree_sitter_python::LANGUAGE.into();
    let kinds = (0..language.node_kind_count() as u16)
        .map(|id| language.node_kind_for_id(id).map_or(NodeKind::Other, kind_of))
        .collect();
    let fields = (0..=language.field_count() as u16)
        .map(|id| language.field_name_for_id(id).map_or(Field::Other, field_of))
        .collect();
    Grammar { language, kinds, fields }
});

/// The Python grammar.
pub(crate) fn language() -> &'static Language {
    &GRAMMAR.language
}

pub(crate) fn kind(node: Node<'_>) -> NodeKind {
    if node.is_error() {
        return NodeKind::Error;
    }
    GRAMMAR.kinds.get(usize::from(node.kind_id())).copied().unwrap_or(NodeKind::Other)
}

pub(crate) fn field(id: Option<std::num::NonZeroU16>) -> Field {
    id.and_then(|id| GRAMMAR.fields.get(usize::from(id.get())).copied()).unwrap_or(Field::Other)
}
