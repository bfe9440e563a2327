use text_size::TextRange;

use super::*;
use crate::document::{ParseLimits, parse};
use crate::edit::apply;
use crate::source::SourceText;

fn edited(text: &str, bindings: usize, edit: impl Fn(ImportEditor<'_>) -> Vec<TextEdit>) -> String {
    let parsed = parse(SourceText::new(text), &ParseLimits::default());
    let mut edits = edit(ImportEditor::new(&parsed, move |_| bindings));
    crate::edit::normalize(&mut edits);
    apply(text, &edits).unwrap()
}

fn from(text: &str, module: &str, name: &str) -> String {
    edited(text, 1, |editor| vec![editor.add_name(module, name)])
}

#[test]
fn imports_go_where_they_belong() {
    assert_eq!(
        from("import os\nimport torch\n", "queue", "Empty"),
        "import os\nfrom queue import Empty\nimport torch\n"
    );
    assert_eq!(from("from queue import Queue\n", "queue", "Empty"), "from queue import Empty, Queue\n");
    assert_eq!(from("from queue import Queue\n", "queue", "SimpleQueue"), "from queue import Queue, SimpleQueue\n");
    assert_eq!(
        from("from typing import (\n    Any,\n    List,\n)\n", "typing", "Protocol"),
        "from typing import (\n    Any,\n    List,\n    Protocol,\n)\n"
    );
    assert_eq!(
        from("\"\"\"Doc.\"\"\"\n\nx = 1\n", "queue", "Empty"),
        "\"\"\"Doc.\"\"\"\n\nfrom queue import Empty\n\nx = 1\n"
    );
    assert_eq!(
        from("#!/usr/bin/python\nx = 1\n", "queue", "Empty"),
        "#!/usr/bin/python\nfrom queue import Empty\n\n\nx = 1\n"
    );
    assert_eq!(from("import torch\r\n", "queue", "Empty"), "from queue import Empty\r\n\r\nimport torch\r\n");
    assert_eq!(
        from("from __future__ import annotations\n\nimport torch\n", "queue", "Empty"),
        "from __future__ import annotations\n\nfrom queue import Empty\n\nimport torch\n"
    );
}

#[test]
fn relative_imports_stand_together() {
    let names = ["Job".to_owned(), "Stop".to_owned()];
    let add = |text: &str| edited(text, 1, |editor| editor.add_names(".messages", &names));
    assert_eq!(add("from .messages import Kind\n"), "from .messages import Job, Kind, Stop\n");
    assert_eq!(
        add("import os\n\nfrom .a import b\n\nx = 1\n"),
        "import os\n\nfrom .a import b\nfrom .messages import Job, Stop\n\nx = 1\n"
    );
}

#[test]
fn type_checkers_have_a_block_of_their_own() {
    let add = |text: &str| {
        edited(text, 0, |editor| editor.add_for_checkers("m", &["T".to_owned()]).map(|it| it.edits).unwrap_or_default())
    };
    assert_eq!(add("import os\nx = 1\n"), "import os\n\nif TYPE_CHECKING:\n    from m import T\nx = 1\n");
    assert_eq!(
        add("if TYPE_CHECKING:\n  import os\n\nx = 1\n"),
        "if TYPE_CHECKING:\n  import os\n  from m import T\n\nx = 1\n"
    );
}

#[test]
fn imports_go_with_their_last_use() {
    let text = "import abc\nfrom typing import Any, List\n\nx: Any = f(List)\ny = 'an abc of Any'\n";
    let parsed = parse(SourceText::new(text), &ParseLimits::default());
    let editor = ImportEditor::new(&parsed, |_| 1);
    let range = |word: &str, from: usize| {
        let at = text[from..].find(word).unwrap() + from;
        TextRange::at((at as u32).into(), (word.len() as u32).into())
    };
    let removed = [range("Any", 41), range("List", 41)];
    assert_eq!(editor.unused(&removed[..1], ""), [Name::new("Any")]);
    assert!(editor.unused(&removed[..1], "def f(x: Any)").is_empty());
    assert_eq!(editor.unused(&removed, "").len(), 2);
    let without = |names: &[&str]| {
        let names: Vec<Name> = names.iter().map(|name| Name::new(name)).collect();
        edited(text, 1, |editor| {
            let mut edits = Vec::new();
            editor.remove(&names, &mut edits);
            edits
        })
    };
    assert!(without(&["Any"]).contains("\nfrom typing import List\n"));
    assert!(without(&["List"]).contains("\nfrom typing import Any\n"));
    assert!(without(&["Any", "List"]).starts_with("import abc\n\nx"));
    let exchanged = edited(text, 1, |editor| {
        editor.exchange("typing", &["Protocol".to_owned()], &[Name::new("Any")], None).unwrap_or_default()
    });
    assert!(exchanged.contains("\nfrom typing import List, Protocol\n"));
}
