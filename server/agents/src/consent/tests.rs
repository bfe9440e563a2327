use super::*;
use crate::Environment;

fn scene() -> (tempfile::TempDir, Consent, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("work");
    fs::create_dir_all(root.join(".claude/agents")).unwrap();
    let consent = Consent::of(&UserDirs { state: Some(folder.path().join("state/pyteam")), ..UserDirs::default() });
    (folder, consent.unwrap(), root)
}

#[test]
fn trust_is_given_remembered_and_taken_back() {
    let (_folder, consent, root) = scene();
    assert_eq!((consent.trust_in(&root), consent.grants().unwrap().len()), (Trust::Unknown, 0));
    assert!(!consent.revoke(&root).unwrap());
    consent.give(&root).unwrap();
    assert_eq!(consent.trust_in(&root), Trust::Trusted);
    assert_eq!(consent.trust_in(&root.join(".claude")), Trust::Unknown, "it holds for this folder alone");
    assert_eq!(consent.grants().unwrap()[0].path, root.canonicalize().unwrap());
    assert!(consent.revoke(&root).unwrap());
    assert_eq!(consent.trust_in(&root), Trust::Unknown);
    consent.give(&root).unwrap();
    fs::remove_dir_all(&root).unwrap();
    assert!(consent.revoke(&root).unwrap(), "also when the folder is gone");
}

#[test]
fn settings_that_name_other_commands_ask_again() {
    let (_folder, consent, root) = scene();
    let write = |text: &str| fs::write(root.join("pyteam.toml"), text).unwrap();
    write("max-depth = 3\n[agents.back-ends.x]\nkind = 'acp'\ncommand = ['a', 'b']\n");
    consent.give(&root).unwrap();
    write(
        "# Other words, other rules, the same commands.\nmax-depth = 4\n[agents.back-ends.x]\ncommand = [ 'a', 'b' ]\nkind = 'acp'\n",
    );
    assert_eq!(consent.trust_in(&root), Trust::Trusted);
    write("max-depth = 3\n[agents.back-ends.x]\nkind = 'acp'\ncommand = ['a', 'c']\n");
    assert_eq!(consent.trust_in(&root), Trust::Changed);
    write("max-depth = \n");
    assert_eq!(consent.trust_in(&root), Trust::Changed);
    fs::remove_file(root.join("pyteam.toml")).unwrap();
    assert_eq!(consent.trust_in(&root), Trust::Changed);
    consent.give(&root).unwrap();
    assert_eq!(consent.trust_in(&root), Trust::Trusted);
    fs::write(root.join("pyproject.toml"), "[tool.pyteam.agents]\nback-end = 'x'\n").unwrap();
    assert_eq!(consent.trust_in(&root), Trust::Changed);
}

#[test]
fn agents_that_may_do_more_ask_again_and_other_words_do_not() {
    let (_folder, consent, root) = scene();
    let write = |name: &str, tools: &str, text: &str| {
        let text = format!("---\nname: {name}\ndescription: Helps.\ntools: {tools}\n---\n{text}\n");
        fs::write(root.join(format!(".claude/agents/{name}.md")), text).unwrap();
    };
    write("a", "Read, Edit", "Help.");
    consent.give(&root).unwrap();
    write("a", "Read, Edit", "Help more.");
    write("b", "Read", "Help, too.");
    assert_eq!(consent.trust_in(&root), Trust::Trusted);
    write("b", "Read, Bash", "Help, too.");
    assert_eq!(consent.trust_in(&root), Trust::Changed);
}

#[test]
fn trust_is_given_only_to_what_was_shown() {
    let (folder, consent, root) = scene();
    let write = |text: &str| fs::write(root.join("pyteam.toml"), text).unwrap();
    write("[agents.back-ends.x]\nkind = 'acp'\ncommand = ['a']\n");
    let seen = Consent::fingerprint(&root);
    write("[agents.back-ends.x]\nkind = 'acp'\ncommand = ['b']\n");
    assert_eq!(consent.give_as_shown(&root, &seen).unwrap(), None);
    assert_eq!((consent.trust_in(&root), consent.grants().unwrap().len()), (Trust::Unknown, 0));
    write("# A word.\n[agents.back-ends.x]\ncommand = ['a']\nkind = 'acp'\n");
    let grant = consent.give_as_shown(&root, &seen).unwrap().unwrap();
    assert_eq!((grant.fingerprint, consent.trust_in(&root)), (seen, Trust::Trusted));
    // An old answer neither takes trust away nor widens it.
    write("[agents.back-ends.x]\nkind = 'acp'\ncommand = ['b']\n");
    assert_eq!(consent.give_as_shown(&root, &grant_of(&consent).fingerprint).unwrap(), None);
    assert_eq!(consent.trust_in(&root), Trust::Changed);
    assert_eq!(consent.give(&root).unwrap().fingerprint, Consent::fingerprint(&root));
    assert!(consent.give_as_shown(folder.path(), &Consent::fingerprint(folder.path())).is_err());
}

fn grant_of(consent: &Consent) -> Grant {
    consent.grants().unwrap().remove(0)
}

#[test]
fn what_a_workspace_asks_for_is_said_in_sentences() {
    let (folder, _, root) = scene();
    let environment = Environment::default();
    assert_eq!(wishes(&root, &environment), Vec::<String>::new());
    let program = folder.path().join("tool");
    fs::write(&program, "#!/bin/sh\n").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let settings = format!(
        "[agents]\nback-end = 'far'\n[agents.use]\npython-architect = 'x'\n\
         [agents.back-ends.x]\nkind = 'acp'\ncommand = ['{}', '-c', \"it's\\u001b[2K\"]\nenv = ['TOKEN', 'OTHER']\nhome = '/h'\n\
         [agents.back-ends.y]\nkind = 'acp'\ncommand = ['no such program']\n",
        program.display()
    );
    fs::write(root.join("pyteam.toml"), settings).unwrap();
    for (name, tools) in [("python-architect", "Read, Edit, Bash"), ("mine", "Edit"), ("reader", "Read")] {
        let text = format!("---\nname: {name}\ndescription: Helps.\ntools: {tools}\n---\nHelp.\n");
        fs::write(root.join(format!(".claude/agents/{name}.md")), text).unwrap();
    }
    let sentences = wishes(&root, &environment);
    let expected = [
        format!("The backend x runs the command: {} -c 'it'\\''s\\u{{1b}}[2K'", program.display()),
        "The command of x gets these of your environment variables: TOKEN, OTHER.".to_owned(),
        "The command of x gets /h as its home directory.".to_owned(),
    ];
    assert_eq!(sentences[..3], expected);
    assert!(sentences[3].starts_with("The backend y has the command 'no such program', but cannot"), "{sentences:?}");
    let rest = [
        "The agent python-architect uses the backend x.",
        "All other agents use the backend far.",
        "The agent mine may edit files.",
        "The agent python-architect may edit files and run programs, and replaces the built-in agent.",
    ];
    assert_eq!(sentences[4..], rest);
}

#[test]
fn a_secret_that_a_workspace_names_is_masked_and_what_could_run_is_not() {
    let (_folder, _, root) = scene();
    let token = format!("ghp_{}", "a1B2c3D4e5".repeat(4));
    let settings = format!(
        "[agents.back-ends.x]\nkind = 'acp'\ncommand = ['tool', '--api-key', '{token}', '--password', '$(rm1 -r x)', '-c', \
         'password=\"a1;rm\"']\n"
    );
    fs::write(root.join("pyteam.toml"), settings).unwrap();
    let said = wishes(&root, &Environment::default()).join("\n");
    assert!(said.contains("tool --api-key *** ") && !said.contains(&token), "{said}");
    assert!(said.contains("$(rm1 -r x)") && said.contains("a1;rm"), "{said}");
}

#[test]
fn what_is_damaged_or_forged_is_no_trust() {
    let (folder, consent, root) = scene();
    consent.give(&root).unwrap();
    let file = consent.file(&root.canonicalize().unwrap());
    let whole = fs::read_to_string(&file).unwrap();
    let forged = whole.replace("/work\"", "/other\"");
    assert_ne!(whole, forged);
    for text in ["", "{}", "[", &whole[..whole.len() / 2], &forged] {
        fs::write(&file, text).unwrap();
        assert_eq!(consent.trust_in(&root), Trust::Unknown, "{text}");
    }
    fs::write(&file, whole).unwrap();
    assert_eq!(consent.trust_in(&root), Trust::Trusted);
    // A workspace that holds the state folder could write that it is trusted.
    assert_eq!(consent.trust_in(folder.path()), Trust::Unknown);
    assert!(consent.give(folder.path()).is_err());
}

#[cfg(unix)]
#[test]
fn no_other_user_may_read_it_and_links_are_seen_through() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, consent, root) = scene();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&root, &link).unwrap();
    consent.give(&link).unwrap();
    assert_eq!(consent.trust_in(&root), Trust::Trusted);
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&consent.folder), 0o700);
    assert_eq!(mode(&consent.file(&root.canonicalize().unwrap())), 0o600);
    assert_eq!(fs::read_dir(&consent.folder).unwrap().count(), 1, "nothing is left beside it");
}
