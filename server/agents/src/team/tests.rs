use super::file::{self, Format};
use super::*;

/// An agent's file.
fn write(root: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn read(text: &str) -> Member {
    read_as(text, Format::Claude)
}

fn read_as(text: &str, format: Format) -> Member {
    file::read(Path::new("dir/some-one.agent.md"), text, format, Origin::BuiltIn)
}

fn rights(read: bool, edit: bool, execute: bool) -> Rights {
    Rights { read, edit, execute }
}

fn agent(name: &str, tools: &str) -> String {
    format!("---\nname: {name}\ndescription: Helps.\ntools: {tools}\n---\nHelp.\n")
}

#[test]
fn our_own_team_is_whole_and_only_the_advisers_are_odd() {
    let team = Team::of_pyteam(&Owners::new());
    assert_eq!(team.in_use().count(), built_in::files().len());
    for (member, (name, text)) in team.members.iter().zip(built_in::files()) {
        let agent = &member.agent;
        assert_eq!(agent.name, name);
        assert!(agent.profile.is_some(), "{name}: its front matter has no `routing`");
        // Other programs read the same page without it, so it has to stand last.
        let written = Agent { profile: agent.profile.clone(), ..read(text).agent };
        assert_eq!((&written, text.contains("routing:")), (agent, false), "{name}");
        assert!(agent.description.len() > 60 && agent.instructions.len() > 600, "{name}");
        assert!(!agent.produces.is_empty(), "{name}");
        let is_adviser = member.kept.contains_key("priority");
        assert_eq!(member.kept.len(), if is_adviser { 4 } else { 0 }, "{name}");
        assert_eq!(agent.remarks.len(), usize::from(is_adviser), "{:?}", agent.remarks);
    }
    let rights_of = |name: &str| team.get(name).unwrap().rights;
    // What the seeds' table says.
    assert_eq!(rights_of("python-architect"), rights(true, false, false));
    assert_eq!(rights_of("python-security-reviewer"), rights(true, false, false));
    for name in ["python-async-specialist", "python-ml-specialist", "python-quality-enforcer", "python-test-writer"] {
        assert_eq!(rights_of(name), rights(true, true, true), "{name}");
    }
    for name in ["backend", "data", "automation", "testing"] {
        assert_eq!(rights_of(&format!("python-{name}-specialist")), rights(true, false, true), "{name}");
    }
    assert_eq!(team.get("python-architect").unwrap().model.as_deref(), Some("opus"));
    assert_eq!(team.get("python-quality-enforcer").unwrap().speed, Some(crate::agent::Speed::Fast));
}

/// Some rules with their owners; `tests/tests/team.rs` takes the real ones.
pub(crate) fn owners() -> Owners {
    let owned = [
        ("python-architect", &["deep-inheritance"][..]),
        ("python-async-specialist", &["join-before-drain", "unbounded-queue"]),
        ("python-security-reviewer", &["unsafe-model-load"]),
    ];
    let codes = |rules: &[&str]| rules.iter().map(|&code| code.to_owned()).collect();
    owned.into_iter().map(|(agent, rules)| (agent.to_owned(), codes(rules))).collect()
}

#[test]
fn no_kind_of_file_has_two_owners() {
    let mut all: Vec<String> = Team::of_pyteam(&Owners::new()).in_use().flat_map(|agent| agent.owns.clone()).collect();
    all.sort();
    let count = all.len();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn rules_are_their_owners() {
    let team = Team::of_pyteam(&owners());
    for (agent, rules) in owners() {
        assert_eq!(team.get(&agent).unwrap().rules, rules);
    }
    assert!(team.get("technical-writer").unwrap().rules.is_empty());
    assert_eq!(team.owner_of("join-before-drain").unwrap().name, "python-async-specialist");
    assert_eq!(team.owner_of("nothing"), None);
}

#[test]
fn a_seeds_file_is_read_with_all_it_says() {
    let member = read(
        "---\nname: \"python-backend-specialist\"\ndescription: \"Expert for web APIs.\"\ntools: Read, Grep, Glob, Bash, WebSearch\n\
         priority: high\nteam: backend\nenvironment: production\ncontext_isolation: true\n---\n\n# Python Backend\n\nText.\n",
    );
    assert_eq!(member.standing, Standing::InUse);
    assert_eq!(member.agent.rights, rights(true, false, true));
    assert_eq!(member.problems[0].line, 4);
    assert!(member.agent.remarks[0].contains("it gives advice"), "{member:#?}");
    let kept: Vec<_> = member.kept.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(kept, ["context_isolation=true", "environment=production", "priority=high", "team=backend"]);
    assert_eq!(member.agent.instructions, "# Python Backend\n\nText.");
}

#[test]
fn tools_of_each_program_become_rights() {
    let of =
        |front: &str, format| read_as(&format!("---\nname: a\ndescription: b\n{front}\n---\nc\n"), format).agent.rights;
    assert_eq!(of("tools: Read, Edit", Format::Claude), rights(true, true, false));
    assert_eq!(of("tools: [Read, 'Bash(git:*)']", Format::Claude), rights(true, false, true));
    assert_eq!(of("tools: Task, mcp__x__y", Format::Claude), rights(false, false, false));
    assert_eq!(of("model: inherit", Format::Claude), rights(true, true, true));
    assert_eq!(of("disallowedTools: Edit, Write, Bash", Format::Claude), rights(true, false, false));
    assert_eq!(of("permissionMode: plan", Format::Claude), rights(true, false, false));
    assert_eq!(
        of("tools:\n  write: false\n  edit: false\n  bash: false", Format::OpenCode),
        rights(true, false, false)
    );
    assert_eq!(of("permission:\n  edit: deny\n  bash: ask", Format::OpenCode), rights(true, false, true));
    assert_eq!(of("tools: []", Format::Copilot), rights(false, false, false));
    assert_eq!(of("tools: ['read', 'search', 'edit', 'github/*']", Format::Copilot), rights(true, true, false));
    assert_eq!(
        of("tools:\n  - read_file\n  - run_shell_command\n  - replace", Format::Gemini),
        rights(true, true, true)
    );
    let architect =
        read("---\nname: a\ndescription: b\ntools: Task, mcp__sequential-thinking__sequentialthinking\n---\nc\n");
    assert!(architect.agent.remarks[0].contains("add `Read`"), "{architect:#?}");
}

#[test]
fn names_come_from_the_file_where_the_program_takes_them_from_there() {
    assert_eq!(read_as("---\ndescription: b\n---\nc\n", Format::OpenCode).agent.name, "some-one");
    assert_eq!(read_as("---\ndescription: b\n---\nc\n", Format::Copilot).standing, Standing::InUse);
    let spoken = read("---\nname: Code Reviewer\ndescription: b\ntools: Read\n---\nc\n");
    assert_eq!(spoken.agent.name, "code-reviewer");
    assert!(spoken.agent.remarks[0].contains("`code-reviewer`"));
}

/// Each malformed in its own way: what the file says, the line of the first problem, whether it is still an agent, and
/// a word of the reason.
const MALFORMED: [(&str, u32, bool, &str); 30] = [
    ("", 1, false, "front matter"),
    ("# An agent\n", 1, false, "front matter"),
    ("----\nname: a\n---\n", 1, false, "front matter"),
    ("---\nname: a\ndescription: b\n", 1, false, "not closed"),
    ("---\n---\nbody\n", 0, false, "`name`"),
    ("---\ndescription: b\ntools: Read\n---\nbody\n", 0, false, "`name`"),
    ("---\nname: [a]\ndescription: b\ntools: Read\n---\nbody\n", 2, false, "`name`: expected text, found a list"),
    ("---\nname: 12\ndescription: b\ntools: Read\n---\nbody\n", 2, false, "`name`: expected text, found a number"),
    ("---\nname: ../../evil\ndescription: b\ntools: Read\n---\nbody\n", 2, false, "hyphens"),
    ("---\nname: \"a\\u001b[31m\"\ndescription: b\ntools: Read\n---\nbody\n", 2, false, "hyphens"),
    ("---\nname: -rf\ndescription: b\ntools: Read\n---\nbody\n", 2, false, "hyphens"),
    ("---\nname: a\ndescription: use it: often\ntools: Read\n---\nbody\n", 3, false, "YAML"),
    ("---\nname: a\n\tdescription: b\n---\nbody\n", 2, false, "YAML"),
    ("---\nname: a\nname: b\n---\nbody\n", 3, false, "YAML"),
    ("---\n- name\n- description\n---\nbody\n", 2, false, "a list"),
    ("---\njust words\n---\nbody\n", 2, false, "text"),
    ("---\nname: a\ntools: Read\n---\nbody\n", 0, true, "`description`"),
    (
        "---\nname: a\ndescription: {b: c}\ntools: Read\n---\nbody\n",
        3,
        true,
        "`description`: expected text, found a table",
    ),
    ("---\nname: a\ndescription: b\ntools: 7\n---\nbody\n", 4, true, "`tools`: expected a list, found a number"),
    (
        "---\nname: a\ndescription: b\ntools: [Read, 3]\n---\nbody\n",
        4,
        true,
        "`tools`: expected text, found a number in the list",
    ),
    ("---\nname: a\ndescription: b\ntools: Raed, Read\n---\nbody\n", 4, true, "`Raed`"),
    (
        "---\nname: a\ndescription: b\ntools: Read\nmodel: [opus]\n---\nbody\n",
        5,
        true,
        "`model`: expected text, found a list",
    ),
    ("---\nname: a\ndescription: b\ntools: Read\nspeed: quick\n---\nbody\n", 5, true, "`speed`"),
    ("---\nname: a\ndescription: b\ntools: Read\n---\n", 0, true, "no text below"),
    ("---\nname: anyone\ndescription: b\ntools: Read\n---\nbody\n", 2, false, "`anyone` is reserved"),
    ("---\nname: a\ndescription: b\ntools: Read\npriority: banana\n---\nbody\n", 5, true, "found `banana`"),
    ("---\nname: a\ndescription: b\ntools: Read\npriority: 3\n---\nbody\n", 5, true, "found `3`"),
    ("---\nname: a\ndescription: b\ntools: Read\nteam: 3\n---\nbody\n", 5, true, "found `3`"),
    ("---\nname: a\ndescription: b\ntools: Read\nenvironment: [x]\n---\nbody\n", 5, true, "found a list"),
    ("---\nname: a\ndescription: b\ntools: Read\ncontext_isolation: maybe\n---\nb\n", 5, true, "`true` or `false`"),
];

#[test]
fn whatever_is_malformed_has_a_reason_and_a_place() {
    for (text, line, usable, word) in MALFORMED {
        for text in [text.to_owned(), text.replace('\n', "\r\n"), format!("\u{feff}{text}")] {
            let member = read(&text);
            let problem = &member.problems.first().unwrap_or_else(|| panic!("{text:?}"));
            assert_eq!((problem.line, !problem.fatal), (line, usable), "{text:?}: {problem}");
            assert!(problem.message.contains(word), "{text:?}: {problem}");
            assert_eq!(member.agent.unusable.is_none(), usable, "{text:?}");
            assert!(!problem.message.contains('\n'), "{problem}");
        }
    }
}

#[test]
fn a_file_that_is_made_to_keep_the_reader_busy_does_not() {
    let nested = format!("---\nname: {}\n---\n", "[".repeat(20_000));
    let mut bomb = "---\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", ")));
    }
    bomb.push_str("---\n");
    let many = format!("---\nname: a\ntools: [{}]\n---\n", "x, ".repeat(20_000));
    for text in [nested, bomb, many] {
        let member = read(&text);
        assert_eq!(member.standing, Standing::Unusable);
        let reason = member.agent.unusable.unwrap();
        assert!(!reason.contains(['{', '}']) && !reason.contains("budget"), "{reason}");
    }
}

#[test]
fn the_nearest_definition_holds_and_takes_over_duties() {
    let folder = tempfile::tempdir().unwrap();
    let (home, root) = (folder.path().join("home"), folder.path().join("work"));
    write(&home, ".claude/agents/a.md", agent("python-architect", "Read"));
    write(&home, ".claude/agents/b.md", agent("mine", "Read, Edit"));
    write(&root, ".claude/agents/sub/c.md", agent("mine", "Read"));
    write(&root, ".opencode/agent/other.md", "---\ndescription: b\ntools: {bash: false}\n---\nc\n");
    let dirs = UserDirs { home: Some(home.clone()), ..UserDirs::default() };
    let team = Team::gather(&dirs, Some(&root), true, &owners());
    assert_eq!(team.get("mine").unwrap().rights, rights(true, false, false));
    assert_eq!(team.get("other").unwrap().rights, rights(true, true, false));
    let architect = team.get("python-architect").unwrap();
    assert_eq!(architect.origin, Origin::User(home.join(".claude/agents/a.md")));
    assert!(architect.rules.contains(&"deep-inheritance".to_owned()));
    assert_eq!(team.owner_of("deep-inheritance"), Some(architect));
    let ours =
        team.members.iter().find(|one| one.agent.origin == Origin::BuiltIn && one.agent.name == "python-architect");
    assert_eq!(ours.unwrap().standing, Standing::Replaced(architect.origin.clone()));
    assert_eq!(team, Team::gather(&dirs, Some(&root), true, &owners()));
}

#[test]
fn an_untrusted_workspace_is_listed_and_neither_replaces_nor_widens() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, ".claude/agents/a.md", agent("python-security-reviewer", "Read, Edit, Bash"));
    let greedy =
        "---\nname: greedy\ndescription: Helps.\ntools: '*'\nrules: [unsafe-model-load]\nowns: ['**']\n---\nHelp.\n";
    write(root, ".claude/agents/b.md", greedy);
    let team = Team::gather(&UserDirs::default(), Some(root), false, &owners());
    assert_eq!(team.get("python-security-reviewer"), Team::of_pyteam(&owners()).get("python-security-reviewer"));
    let listed = &team.members.iter().find(|one| one.agent.name == "python-security-reviewer").unwrap();
    assert_eq!((&listed.standing, listed.agent.rights), (&Standing::Untrusted, rights(true, false, false)));
    let greedy = team.get("greedy").unwrap();
    assert_eq!((greedy.rights, greedy.rules.len(), greedy.owns.len()), (rights(true, false, false), 0, 0));
    assert_eq!(team.owner_of("unsafe-model-load").unwrap().name, "python-security-reviewer");
    let trusted = Team::gather(&UserDirs::default(), Some(root), true, &owners());
    assert_eq!(trusted.get("python-security-reviewer").unwrap().rights, rights(true, true, true));
}

#[test]
fn what_an_untrusted_agent_may_do_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, ".claude/agents/a.md", "---\nname: all\ndescription: Helps.\n---\nHelp.\n");
    write(root, ".claude/agents/b.md", agent("adviser", "Read, Bash"));
    let remarks = |trusted: bool, name: &str| {
        let team = Team::gather(&UserDirs::default(), Some(root), trusted, &Owners::new());
        let member = team.members.iter().find(|one| one.agent.name == name).unwrap().clone();
        (member.agent.remarks, member.problems.len())
    };
    let until = "read-only until you trust this workspace (`pyteam trust`)";
    assert_eq!(remarks(false, "all"), (vec![format!("no `tools`, so it asks for all: {until}")], 0));
    assert_eq!(remarks(false, "adviser"), (vec![until.to_owned()], 0));
    assert_eq!(remarks(true, "all"), (vec![file::NO_TOOLS.to_owned()], 1));
    assert_eq!(remarks(true, "adviser"), (vec![file::ADVICE.to_owned()], 1));
}

#[cfg(unix)]
#[test]
fn a_link_hides_no_agent_that_is_there() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, ".claude/agents/ok.md", agent("ok", "Read"));
    write(root, ".claude/agents/zzz/deep.md", agent("deep", "Read"));
    write(root, ".github/agents/other.agent.md", agent("other", "Read"));
    symlink("ok.md", root.join(".claude/agents/link2.md")).unwrap();
    symlink("zzz", root.join(".claude/agents/aaa")).unwrap();
    symlink("../../.github/agents/other.agent.md", root.join(".claude/agents/b.md")).unwrap();
    let team = Team::gather(&UserDirs::default(), Some(root), true, &Owners::new());
    let own = team.members.iter().filter(|one| one.agent.origin != Origin::BuiltIn);
    let found: Vec<_> = own.map(|one| (&*one.agent.name, one.agent.origin.clone())).collect();
    let at = |path: &str| Origin::Workspace(root.join(path));
    let expected = [
        ("deep", at(".claude/agents/zzz/deep.md")),
        ("ok", at(".claude/agents/ok.md")),
        ("other", at(".github/agents/other.agent.md")),
    ];
    assert_eq!(found, expected);
}

#[test]
fn of_two_files_with_one_name_the_first_holds_and_the_second_says_so() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), ".claude/agents/b.md", agent("twin", "Read"));
    write(folder.path(), ".claude/agents/a.md", agent("twin", "Edit"));
    let team = Team::gather(&UserDirs::default(), Some(folder.path()), true, &Owners::new());
    assert_eq!(team.get("twin").unwrap().rights, rights(false, true, false));
    let problem = team.all_problems().find(|one| one.path.ends_with("b.md")).unwrap();
    assert!(
        problem.message.contains("replaced by") && problem.message.contains("a.md, which has the same name"),
        "{problem}"
    );
}

#[test]
fn what_is_too_large_or_no_text_is_listed_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, ".claude/agents/README.md", "# Our agents\n");
    write(root, ".claude/agents/notes.txt", "no agent");
    write(root, ".claude/agents/large.md", agent("large", "Read") + &"x".repeat(MAX_BYTES as usize));
    write(root, ".claude/agents/latin.md", b"---\nname: caf\xe9\n---\n");
    let team = Team::gather(&UserDirs::default(), Some(root), true, &Owners::new());
    let reasons: Vec<_> =
        team.members.iter().filter_map(|one| Some((&*one.agent.name, one.agent.unusable.as_deref()?))).collect();
    assert_eq!(
        reasons,
        [("large", "cannot read this file: larger than 64 KB"), ("latin", "cannot read this file: not UTF-8 text")]
    );
    for number in 0..MAX_FILES + 5 {
        write(root, &format!(".claude/agents/many/{number:03}.md"), agent(&format!("m{number}"), "Read"));
    }
    let team = Team::gather(&UserDirs::default(), Some(root), true, &Owners::new());
    assert_eq!(team.members.len(), MAX_FILES + built_in::files().len());
    assert!(team.problems[0].message.contains("6 more are ignored"), "{:?}", team.problems);
}

#[cfg(unix)]
#[test]
fn links_out_of_the_workspace_and_special_files_are_not_read() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let (outside, root) = (folder.path().join("outside"), folder.path().join("work"));
    write(&outside, "agents/secret.md", agent("secret", "Read"));
    write(&root, "shared/inside.md", agent("inside", "Read"));
    write(&root, ".claude/agents/own.md", agent("own", "Read"));
    symlink(outside.join("agents/secret.md"), root.join(".claude/agents/linked.md")).unwrap();
    symlink(outside.join("agents"), root.join(".claude/agents/folder")).unwrap();
    symlink(&outside, root.join(".gemini")).unwrap();
    symlink(root.join(".claude/agents"), root.join(".claude/agents/loop")).unwrap();
    symlink(root.join("shared/inside.md"), root.join(".claude/agents/near.md")).unwrap();
    symlink("nowhere", root.join(".claude/agents/dangling.md")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(root.join(".claude/agents/pipe.md")).status();
    let team = Team::gather(&UserDirs::default(), Some(&root), true, &Owners::new());
    let own: Vec<_> = team.members.iter().filter(|one| one.agent.origin != Origin::BuiltIn).collect();
    let names: Vec<_> = own.iter().map(|one| &*one.agent.name).collect();
    let expected: &[&str] =
        if made.is_ok_and(|status| status.success()) { &["inside", "own", "pipe"] } else { &["inside", "own"] };
    assert_eq!(names, expected);
    let out = team.problems.iter().filter(|one| one.message.contains("outside the workspace; not followed")).count();
    assert_eq!(out, 3, "{:#?}", team.problems);
}

#[test]
fn the_users_settings_give_and_take_rights() {
    let mut team = Team::of_pyteam(&Owners::new());
    let give = RightsChange { edit: Some(true), execute: Some(false), ..RightsChange::default() };
    team.adjust(&BTreeMap::from([("python-data-specialist".to_owned(), give)]));
    assert_eq!(team.get("python-data-specialist").unwrap().rights, rights(true, true, false));
}
