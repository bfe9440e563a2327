//! Other programs at work: what they do to the files of a run, and while it writes.

#![cfg(unix)]

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::super::back::take_back;
use super::super::unit::{clean_all, commit, stage, sync_texts};
use super::*;

/// Entries of which the texts wait beside their files.
fn staged<'a>(scene: &Scene, steps: &[(&str, Option<&'a str>, Option<&'a str>)]) -> Vec<Entry<'a>> {
    let unit: Vec<Step<'a>> = steps.iter().map(|step| scene.step(*step)).collect();
    let mut entries = plan(&unit, "test-0", &mut Folders::default()).unwrap();
    entries.iter_mut().for_each(|entry| stage(entry).unwrap());
    entries
}

/// What the other program does, and the step that leads through it.
type Trap<'t> = (&'t dyn Fn(&Scene, &std::path::Path), (&'t str, Option<&'t str>, Option<&'t str>));

#[test]
fn no_link_leads_out_of_the_root_whenever_it_comes() {
    let edit = ("d/a.py", Some("a\n"), Some("A\n"));
    let traps: [Trap<'_>; 4] = [
        (&|scene, outside| symlink(outside, scene.path("new")).unwrap(), ("new/b.py", None, Some("B\n"))),
        (&|scene, outside| symlink(outside, scene.path("new")).unwrap(), ("new/deep/b.py", None, Some("B\n"))),
        (
            &|scene, outside| {
                fs::rename(scene.path("d"), scene.path("moved")).unwrap();
                symlink(outside, scene.path("d")).unwrap();
            },
            edit,
        ),
        (
            &|scene, outside| {
                fs::remove_file(scene.path("d/a.py")).unwrap();
                symlink(outside.join("a.py"), scene.path("d/a.py")).unwrap();
            },
            edit,
        ),
    ];
    for (number, (trap, step)) in traps.into_iter().enumerate() {
        for is_early in [true, false] {
            let scene = Scene::new(&[]);
            fs::create_dir(scene.path("d")).unwrap();
            scene.put("d/a.py", "a\n");
            let outside = tempfile::tempdir().unwrap();
            fs::write(outside.path().join("a.py"), "a\n").unwrap();
            let root = scene.path("");
            let step = Step { root: Some(&root), ..scene.step(step) };
            if is_early {
                trap(&scene, outside.path());
                assert_eq!(write(&[vec![step]], Some(scene.state.path())).refused.len(), 1, "{number}");
            } else {
                let mut entries = plan(&[step], "test-0", &mut Folders::default()).unwrap();
                stage(&mut entries[0]).unwrap();
                trap(&scene, outside.path());
                assert!(!matches!(commit(&entries[0]), Ok(true)), "{number}");
                clean_all(&entries[0]).unwrap();
            }
            assert_eq!(fs::read_to_string(outside.path().join("a.py")).unwrap(), "a\n", "{number} {is_early}");
            assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1, "{number} {is_early}");
            let moved = scene.path("moved/a.py");
            assert!(!moved.exists() || fs::read_to_string(moved).unwrap() == "a\n");
            for folder in ["", "moved"] {
                let names = fs::read_dir(scene.path(folder)).into_iter().flatten().flatten();
                let left = names.filter(|entry| entry.file_name().to_string_lossy().starts_with(".pyteam-"));
                assert_eq!(left.count(), 0, "{number} {is_early}");
            }
        }
    }
}

#[test]
fn a_workspace_that_is_named_through_a_link_is_taken_back() {
    for made in 1..STEPS.len() {
        let mut scene = before();
        let real = scene.path("");
        let link = tempfile::tempdir().unwrap();
        symlink(&real, link.path().join("link")).unwrap();
        let named = link.path().join("link");
        scene.named = Some(named.clone());
        scene.killed_after(made, &STEPS, false);
        scene.named = None;
        let recovered = recover(Some(scene.state.path()), &[named]);
        assert_eq!((recovered.undone.len(), recovered.left.len()), (1, 0), "{made} {recovered:?}");
        assert!(is_before(&scene) && scene.is_tidy(), "{made}");
    }
}

#[test]
fn folders_that_were_made_for_a_file_that_never_came_are_removed() {
    let scene = before();
    scene.killed_after(2, &STEPS, false);
    fs::create_dir_all(scene.path("new/deep")).unwrap();
    assert_eq!(scene.recover().undone.len(), 1);
    assert!(is_before(&scene) && scene.is_tidy());
}

#[test]
fn one_file_by_two_names_is_one_file() {
    for names in [["t.py", "u.py"], ["u.py", "t.py"]] {
        let scene = Scene::new(&[("t.py", "t\n"), ("v.py", "v\n")]);
        fs::hard_link(scene.path("t.py"), scene.path("u.py")).unwrap();
        let units = [
            vec![scene.step((names[0], Some("t\n"), Some("T\n")))],
            vec![scene.step((names[1], Some("t\n"), Some("T\n"))), scene.step(("v.py", Some("v\n"), Some("V\n")))],
        ];
        let written = write(&units, Some(scene.state.path()));
        assert!(written.refused.is_empty(), "{written:?}");
        for (name, text) in [("t.py", "T\n"), ("u.py", "T\n"), ("v.py", "V\n")] {
            assert_eq!(scene.text(name).as_deref(), Some(text));
        }
        assert_eq!(fs::metadata(scene.path("t.py")).unwrap().nlink(), 2);
        assert!(scene.is_tidy());
    }
    let scene = Scene::new(&[("t.py", "t\n"), ("v.py", "v\n")]);
    fs::hard_link(scene.path("t.py"), scene.path("u.py")).unwrap();
    let units = [
        vec![scene.step(("t.py", Some("t\n"), Some("T\n")))],
        vec![scene.step(("v.py", Some("v\n"), Some("V\n"))), scene.step(("u.py", Some("t\n"), Some("other\n")))],
    ];
    let written = write(&units, Some(scene.state.path()));
    let [(1, failure)] = &*written.refused else { panic!("{written:?}") };
    assert!(failure.reason.contains("is the same file as"), "{failure:?}");
    assert_eq!((scene.text("u.py").as_deref(), scene.text("v.py").as_deref()), (Some("T\n"), Some("v\n")));
}

#[test]
fn a_folder_by_two_names_holds_one_file() {
    let scene = Scene::new(&[("v.py", "v\n")]);
    fs::create_dir(scene.path("d")).unwrap();
    scene.put("d/t.py", "t\n");
    symlink("d", scene.path("e")).unwrap();
    let unit = |name| vec![scene.step((name, Some("t\n"), Some("T\n")))];
    let written = write(&[unit("d/t.py"), unit("e/t.py")], Some(scene.state.path()));
    assert!(written.refused.is_empty(), "{written:?}");
    assert_eq!(scene.text("d/t.py").as_deref(), Some("T\n"));
}

/// A file, and what another program does to it.
type Interference<'w> = (&'w str, &'w dyn Fn(&Scene));

/// Another program happens to write what we would have written: that is its own work.
#[test]
fn only_what_we_have_made_is_taken_back() {
    let others: [Interference<'_>; 4] = [
        ("d.py", &|scene| scene.put("d.py", "D\n")),
        ("d.py", &|scene| {
            scene.put("other", "D\n");
            fs::rename(scene.path("other"), scene.path("d.py")).unwrap();
        }),
        ("b.py", &|scene| fs::remove_file(scene.path("b.py")).unwrap()),
        ("new/deep/c.py", &|scene| {
            fs::create_dir_all(scene.path("new/deep")).unwrap();
            scene.put("new/deep/c.py", "C\n");
        }),
    ];
    for (name, other) in others {
        for is_killed in [true, false] {
            let scene = before();
            if is_killed {
                scene.killed_after(1, &STEPS, false);
                other(&scene);
                let recovered = scene.recover();
                assert!(recovered.left.is_empty() && recovered.failed.is_empty(), "{name} {recovered:?}");
                assert!(scene.is_tidy(), "{name}");
            } else {
                let entries = staged(&scene, &STEPS);
                assert!(commit(&entries[0]).unwrap());
                other(&scene);
                assert!(matches!(take_back(&entries[..1], None), (left, None) if left.is_empty()));
                entries[1..].iter().for_each(|entry| clean_all(entry).unwrap());
            }
            assert_eq!(scene.text("a.py").as_deref(), Some("a\n"), "{name} {is_killed}");
            let wanted = STEPS.iter().find(|step| step.0 == name).unwrap().2;
            assert_eq!(scene.text(name).as_deref(), wanted, "{name} {is_killed}");
        }
    }
}

/// Killed before all texts waited beside their files: nothing was made, whatever the files hold.
#[test]
fn a_run_that_had_not_begun_is_not_taken_back() {
    let scene = before();
    let unit: Vec<Step<'_>> = STEPS.iter().map(|step| scene.step(*step)).collect();
    let entries = plan(&unit, "test-0", &mut Folders::default()).unwrap();
    let journals = Journals::of(scene.state.path());
    let lock = journals.lock(super::super::PATIENCE).unwrap();
    journals.create("test", &[entries], &lock).unwrap();
    drop(lock);
    scene.put("a.py", "A and more\n");
    assert!(scene.recover().undone.is_empty());
    assert_eq!(scene.text("a.py").as_deref(), Some("A and more\n"));
    assert!(scene.is_tidy());
}

#[test]
fn a_mode_or_a_name_that_came_meanwhile_is_not_lost() {
    let mode = |scene: &Scene| fs::metadata(scene.path("a.py")).unwrap().mode() & 0o7777;
    let scene = before();
    let entries = staged(&scene, &STEPS[..1]);
    fs::set_permissions(scene.path("a.py"), fs::Permissions::from_mode(0o600)).unwrap();
    assert!(!commit(&entries[0]).unwrap());
    assert_eq!((mode(&scene), scene.text("a.py").as_deref()), (0o600, Some("a\n")));
    let scene = before();
    let entries = staged(&scene, &STEPS[..1]);
    fs::hard_link(scene.path("a.py"), scene.path("same.py")).unwrap();
    assert!(!commit(&entries[0]).unwrap());
    assert_eq!(fs::metadata(scene.path("a.py")).unwrap().nlink(), 2);
    clean_all(&entries[0]).unwrap();
    assert!(scene.is_tidy());
}

#[test]
fn a_text_that_does_not_reach_the_disk_stops_its_unit_and_no_other() {
    let scene = before();
    let one = staged(&scene, &STEPS[..1]);
    let unit = [scene.step(STEPS[3])];
    let mut other = plan(&unit, "test-1", &mut Folders::default()).unwrap();
    stage(&mut other[0]).unwrap();
    let units = [one, other];
    assert!(sync_texts(&units).is_empty());
    fs::remove_file(&units[1][0].temporary).unwrap();
    let failed = sync_texts(&units);
    assert!(matches!(&*failed, [(1, failure)] if failure.path == scene.path("d.py")), "{failed:?}");
}

#[test]
fn what_waits_in_a_folder_that_was_renamed_is_removed() {
    let scene = Scene::new(&[]);
    fs::create_dir(scene.path("d")).unwrap();
    scene.put("d/a.py", "a\n");
    let entries = staged(&scene, &[("d/a.py", Some("a\n"), Some("A\n"))]);
    fs::rename(scene.path("d"), scene.path("moved")).unwrap();
    assert!(!commit(&entries[0]).unwrap());
    clean_all(&entries[0]).unwrap();
    assert_eq!(fs::read_dir(scene.path("moved")).unwrap().count(), 1);
    assert_eq!(scene.text("moved/a.py").as_deref(), Some("a\n"));
}

#[test]
fn what_is_no_journal_is_told_of_once() {
    let scene = before();
    let folder = scene.state.path().join("journals");
    fs::create_dir_all(folder.join("folder.journal")).unwrap();
    symlink("/dev/null", folder.join("link.journal")).unwrap();
    let pipe = folder.join("pipe.journal");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).unwrap();
    let recovered = scene.recover();
    assert_eq!(recovered.failed.len(), 3);
    assert!(recovered.failed.iter().all(|failure| failure.reason == "it is no regular file"), "{recovered:?}");
    assert!(scene.recover().failed.is_empty());
}
