use std::borrow::Cow;
use std::fs;
use std::path::PathBuf;

use super::entry::Entry;
use super::folder::Folders;
use super::journal::Journals;
use super::recovery::{Recovered, recover};
use super::{Step, Written, plan, unit, write};

mod others;

/// A folder with files, and the state folder of a user.
struct Scene {
    folder: tempfile::TempDir,
    state: tempfile::TempDir,
    /// How the folder is called in steps, where that is another name than its own.
    named: Option<PathBuf>,
}

impl Scene {
    fn new(files: &[(&str, &str)]) -> Self {
        let scene = Self { folder: tempfile::tempdir().unwrap(), state: tempfile::tempdir().unwrap(), named: None };
        files.iter().for_each(|(name, text)| scene.put(name, text));
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn text(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }

    fn step<'a>(&self, (name, before, after): (&str, Option<&'a str>, Option<&'a str>)) -> Step<'a> {
        let path = self.named.as_ref().map_or_else(|| self.path(name), |folder| folder.join(name));
        Step { path: Cow::Owned(path), before, after, executable: None, root: None }
    }

    fn write(&self, steps: &[(&str, Option<&str>, Option<&str>)]) -> Written {
        write(&[steps.iter().map(|step| self.step(*step)).collect()], Some(self.state.path()))
    }

    /// What a run has left that was killed after it had made `made` of `steps` and begun no other.
    fn killed_after(&self, made: usize, steps: &[(&str, Option<&str>, Option<&str>)], in_place: bool) {
        let unit: Vec<Step<'_>> = steps.iter().map(|step| self.step(*step)).collect();
        let mut entries = plan(&unit, "test-0", &mut Folders::default()).unwrap();
        entries
            .iter_mut()
            .for_each(|entry| entry.in_place |= in_place && entry.before.is_some() && entry.after.is_some());
        let journals = Journals::of(self.state.path());
        let lock = journals.lock(super::PATIENCE).unwrap();
        let units = [entries];
        let mut journal = journals.create("test", &units, &lock).unwrap();
        let [mut entries] = units;
        for entry in &mut entries {
            unit::stage(entry).unwrap();
        }
        journal.begin(None).unwrap();
        for entry in &entries[..made] {
            assert!(unit::commit(entry).unwrap());
        }
    }

    fn recover(&self) -> Recovered {
        recover(Some(self.state.path()), &[self.folder.path().to_owned()])
    }

    /// Nothing waits beside a file, and no journal is left.
    fn is_tidy(&self) -> bool {
        let names = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let hidden = names.filter(|name| name.to_str().unwrap().starts_with(".pyteam-")).count();
        hidden == 0 && Journals::of(self.state.path()).is_empty()
    }
}

const STEPS: [(&str, Option<&str>, Option<&str>); 4] = [
    ("a.py", Some("a\n"), Some("A and more\n")),
    ("b.py", Some("b\n"), None),
    ("new/deep/c.py", None, Some("C\n")),
    ("d.py", Some("d and more\n"), Some("D\n")),
];

fn before() -> Scene {
    Scene::new(&[("a.py", "a\n"), ("b.py", "b\n"), ("d.py", "d and more\n")])
}

fn is_before(scene: &Scene) -> bool {
    STEPS.iter().all(|(name, before, _)| scene.text(name).as_deref() == *before) && !scene.path("new").exists()
}

fn is_after(scene: &Scene) -> bool {
    STEPS.iter().all(|(name, _, after)| scene.text(name).as_deref() == *after)
}

#[test]
fn a_unit_is_written_as_a_whole() {
    let scene = before();
    assert!(scene.write(&STEPS).refused.is_empty());
    assert!(is_after(&scene) && scene.is_tidy());
}

#[test]
fn a_file_that_is_not_what_was_read_stops_its_unit_and_no_other() {
    for (name, text) in [("a.py", "mine\n"), ("b.py", "mine\n"), ("d.py", "mine\n")] {
        let scene = before();
        scene.put(name, text);
        scene.put("other.py", "o\n");
        let unit = STEPS.iter().map(|step| scene.step(*step)).collect();
        let other = vec![scene.step(("other.py", Some("o\n"), Some("O\n")))];
        let written = write(&[unit, other], Some(scene.state.path()));
        assert_eq!(written.refused.len(), 1);
        assert_eq!(written.refused[0].1.path, scene.path(name));
        assert_eq!(scene.text(name).as_deref(), Some(text));
        assert_eq!(scene.text("other.py").as_deref(), Some("O\n"));
        scene.put(name, STEPS.iter().find(|step| step.0 == name).unwrap().1.unwrap());
        assert!(is_before(&scene) && scene.is_tidy(), "{name}");
    }
    let scene = before();
    fs::create_dir_all(scene.path("new/deep")).unwrap();
    scene.put("new/deep/c.py", "mine\n");
    assert_eq!(scene.write(&STEPS).refused[0].1.reason, "it already exists");
    assert_eq!(scene.text("new/deep/c.py").as_deref(), Some("mine\n"));
    assert_eq!(scene.text("a.py").as_deref(), Some("a\n"));
}

#[test]
fn a_unit_that_was_cut_off_is_taken_back() {
    for in_place in [false, true] {
        for made in 0..=STEPS.len() {
            let scene = before();
            scene.killed_after(made, &STEPS, in_place);
            let recovered = scene.recover();
            assert!(recovered.left.is_empty() && recovered.failed.is_empty(), "{made} {recovered:?}");
            assert!(if made == STEPS.len() { is_after(&scene) } else { is_before(&scene) }, "{made} {in_place}");
            assert_eq!(recovered.undone.len(), usize::from(0 < made && made < STEPS.len()));
            assert!(scene.is_tidy(), "{made} {in_place}");
        }
    }
}

#[test]
fn a_file_that_was_written_over_in_part_is_taken_back() {
    for written in 0.."A and more\n".len() {
        let scene = before();
        scene.killed_after(0, &STEPS, true);
        let (before, after) = ("a\n", "A and more\n");
        scene.put("a.py", &format!("{}{}", &after[..written], before.get(written..).unwrap_or_default()));
        let recovered = scene.recover();
        assert!(recovered.left.is_empty(), "{written} {recovered:?}");
        assert!(is_before(&scene) && scene.is_tidy(), "{written}");
    }
}

#[test]
fn what_was_changed_after_a_kill_is_left_alone_and_its_text_kept() {
    let scene = before();
    scene.killed_after(3, &STEPS, false);
    scene.put("a.py", "mine\n");
    let recovered = scene.recover();
    assert_eq!(scene.text("a.py").as_deref(), Some("mine\n"));
    let [left] = &*recovered.left else { panic!("{recovered:?}") };
    assert_eq!(left.path, scene.path("a.py"));
    assert_eq!(fs::read_to_string(left.kept.as_ref().unwrap()).unwrap(), "a\n");
    scene.put("a.py", "a\n");
    assert!(is_before(&scene) && scene.is_tidy());
}

/// Another program writes between our look and our swap, and we are killed right behind the swap.
#[test]
fn a_text_that_a_swap_has_taken_comes_back() {
    let scene = before();
    scene.killed_after(0, &STEPS, false);
    scene.put(".pyteam-test-0-0.tmp", "mine\n");
    scene.put("a.py", "A and more\n");
    let recovered = scene.recover();
    assert_eq!(scene.text("a.py").as_deref(), Some("mine\n"));
    assert!(recovered.left.is_empty(), "{recovered:?}");
    assert!(scene.is_tidy());
}

#[test]
fn a_journal_elsewhere_or_of_a_run_that_lives_is_left_alone() {
    let scene = before();
    scene.killed_after(1, &STEPS, false);
    let elsewhere = tempfile::tempdir().unwrap();
    assert!(recover(Some(scene.state.path()), &[elsewhere.path().to_owned()]).undone.is_empty());
    assert_eq!(scene.text("a.py").as_deref(), Some("A and more\n"));
    assert_eq!(scene.recover().undone.len(), 1);
    assert!(is_before(&scene));
}

#[test]
fn a_damaged_journal_is_told_of_once_and_never_followed() {
    let scene = before();
    scene.killed_after(1, &STEPS, false);
    let journal = scene.state.path().join("journals/test.journal");
    let text = fs::read_to_string(&journal).unwrap().replace("a.py", "x.py");
    fs::write(&journal, text).unwrap();
    assert_eq!(scene.recover().failed.len(), 1);
    assert!(scene.recover().failed.is_empty());
    assert_eq!(scene.text("a.py").as_deref(), Some("A and more\n"));
}

#[test]
fn without_a_journal_only_single_files_are_written() {
    let scene = before();
    let unit: Vec<Step<'_>> = STEPS.iter().map(|step| scene.step(*step)).collect();
    let single = vec![scene.step(STEPS[0])];
    for state in [None, Some(scene.path("a.py"))] {
        let written = write(std::slice::from_ref(&unit), state.as_deref());
        assert!(written.refused[0].1.reason.contains("PYTEAM_STATE_DIR"), "{written:?}");
        assert!(is_before(&scene));
    }
    assert!(write(&[single], None).refused.is_empty());
    assert_eq!(scene.text("a.py").as_deref(), Some("A and more\n"));
    assert!(scene.is_tidy());
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    #[test]
    fn links_modes_and_other_names_stay() {
        let scene = before();
        symlink(scene.path("a.py"), scene.path("link.py")).unwrap();
        fs::hard_link(scene.path("d.py"), scene.path("same.py")).unwrap();
        fs::set_permissions(scene.path("a.py"), fs::Permissions::from_mode(0o750)).unwrap();
        let inode = fs::metadata(scene.path("d.py")).unwrap().ino();
        let steps = [("link.py", Some("a\n"), Some("A\n")), ("d.py", Some("d and more\n"), Some("D\n"))];
        assert!(scene.write(&steps).refused.is_empty());
        assert!(scene.path("link.py").is_symlink());
        assert_eq!(scene.text("a.py").as_deref(), Some("A\n"));
        assert_eq!(fs::metadata(scene.path("a.py")).unwrap().mode() & 0o7777, 0o750);
        assert_eq!(scene.text("same.py").as_deref(), Some("D\n"));
        assert_eq!(fs::metadata(scene.path("d.py")).unwrap().ino(), inode);
        assert!(scene.is_tidy());
    }

    #[test]
    fn a_read_only_file_stops_its_unit() {
        let scene = before();
        fs::set_permissions(scene.path("d.py"), fs::Permissions::from_mode(0o440)).unwrap();
        let written = scene.write(&STEPS);
        assert_eq!(written.refused[0].1.reason, "it is read-only");
        assert!(is_before(&scene) && scene.is_tidy());
    }

    #[test]
    fn extended_attributes_and_owners_stay() {
        let scene = before();
        let path = scene.path("a.py");
        // A file system or a user may not have them.
        let has_attributes = xattr::set(&path, "user.pyteam", b"kept").is_ok();
        let is_chowned = std::os::unix::fs::chown(&path, Some(12345), Some(54321)).is_ok();
        assert!(scene.write(&STEPS).refused.is_empty());
        let meta = fs::metadata(&path).unwrap();
        assert_eq!(xattr::get(&path, "user.pyteam").ok().flatten().is_some(), has_attributes);
        assert_eq!((meta.uid(), meta.gid()) == (12345, 54321), is_chowned);
    }

    #[test]
    fn a_folder_or_a_link_in_a_files_place_is_not_touched() {
        let scene = before();
        fs::remove_file(scene.path("a.py")).unwrap();
        fs::create_dir(scene.path("a.py")).unwrap();
        assert_eq!(scene.write(&STEPS).refused.len(), 1);
        assert!(scene.path("a.py").is_dir());
        // And when it comes after the look.
        let scene = before();
        scene.killed_after(1, &STEPS, false);
        fs::remove_file(scene.path("a.py")).unwrap();
        symlink("/etc/passwd", scene.path("a.py")).unwrap();
        assert_eq!(scene.recover().left.len(), 1);
        assert!(scene.path("a.py").is_symlink());
    }

    /// Of each entry, what the journal says is what comes back, whatever its name is.
    #[test]
    fn a_journal_names_files_that_are_no_text() {
        use std::os::unix::ffi::OsStrExt;
        let scene = before();
        let name = std::ffi::OsStr::from_bytes(b"inv\xff.py");
        let path = scene.path("").join(name);
        fs::write(&path, "x\n").unwrap();
        let step =
            Step { path: Cow::Borrowed(&*path), before: Some("x\n"), after: Some("X\n"), executable: None, root: None };
        let entries: Vec<Entry<'_>> = plan(&[step], "test", &mut Folders::default()).unwrap();
        let text = serde_json::to_string(&entries).unwrap();
        let back: Vec<Entry<'static>> = serde_json::from_str(&text).unwrap();
        assert_eq!(back[0].path, path);
        assert_eq!(back[0].after.as_deref(), Some("X\n"));
    }
}
