use std::io::Write as _;

use super::*;

fn names(folder: &Path) -> Vec<OsString> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name()).collect()
}

fn write(path: &Path, existing: Existing, text: &str) -> io::Result<()> {
    write_whole(path, existing, |out| out.write_all(text.as_bytes()))
}

#[test]
fn a_file_that_is_to_be_kept_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.csv");
    write(&path, Existing::Keep, "first").unwrap();
    let refused = write(&path, Existing::Keep, "second").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
    assert_eq!(fs::read_to_string(&path).unwrap(), "first");
    write(&path, Existing::Replace, "third").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "third");
    assert_eq!(names(folder.path()), ["list.csv"]);
}

#[test]
fn a_name_taken_at_the_last_moment_is_left_alone_and_the_draft_takes_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let name = |n: u32| folder.path().join(format!("clip_{n}.wav"));
    let (draft, file) = Draft::beside(&name(1)).unwrap();
    write_to_disk(file, |out| out.write_all(b"new")).unwrap();
    fs::write(name(1), "old").unwrap();
    let refused = draft.publish(&name(1), Existing::Keep).unwrap_err();
    assert_eq!(refused.error.kind(), ErrorKind::AlreadyExists);
    let published = refused.draft.publish_as_first_free((1..9).map(name));
    assert_eq!(published.unwrap(), name(2));
    assert_eq!(fs::read_to_string(name(1)).unwrap(), "old");
    assert_eq!(fs::read_to_string(name(2)).unwrap(), "new");
    assert_eq!(names(folder.path()).len(), 2, "no draft is left");
}

#[test]
fn an_interrupted_write_leaves_nothing_and_what_was_there_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.csv");
    let broken = |existing| {
        write_whole(&path, existing, |out| {
            out.write_all(b"half")?;
            Err(ErrorKind::StorageFull.into())
        })
    };
    assert_eq!(
        broken(Existing::Keep).unwrap_err().kind(),
        ErrorKind::StorageFull
    );
    assert!(names(folder.path()).is_empty());
    let panicked = std::panic::catch_unwind(|| {
        write_whole(&path, Existing::Keep, |out| {
            out.write_all(b"half")?;
            panic!("in the middle of it")
        })
    });
    assert!(panicked.is_err());
    assert!(names(folder.path()).is_empty());
    fs::write(&path, "whole").unwrap();
    broken(Existing::Replace).unwrap_err();
    assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
    assert_eq!(names(folder.path()), ["list.csv"]);
}

#[test]
fn a_missing_folder_is_an_error_of_that_kind() {
    let folder = tempfile::tempdir().unwrap();
    let error = write(&folder.path().join("gone/a"), Existing::Replace, "").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_replaced_file_passes_its_mode_on_and_a_new_one_has_that_of_any_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let (path, plain) = (folder.path().join("a"), folder.path().join("b"));
        write(&path, Existing::Keep, "").unwrap();
        File::create(&plain).unwrap();
        assert_eq!(mode(&path), mode(&plain));
        for kept in [0o600, 0o640, 0o666, 0o444] {
            fs::set_permissions(&path, Permissions::from_mode(kept)).unwrap();
            write(&path, Existing::Replace, "new").unwrap();
            assert_eq!(mode(&path), kept, "{kept:o}");
        }
    }

    #[test]
    fn a_draft_in_the_place_of_a_private_file_is_private_while_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let (draft, _file) = Draft::beside(&path).unwrap();
        assert_eq!(mode(draft.path()), 0o600);
        let copy = folder.path().join("copy.db");
        let (draft, _file) = Draft::copy_of(&path, &copy, "partial").unwrap();
        assert_eq!(mode(draft.path()), 0o600);
        draft.publish(&copy, Existing::Keep).unwrap();
        assert_eq!(mode(&copy), 0o600);
    }

    #[test]
    fn a_link_is_written_through_also_where_it_leads_to_nothing_yet() {
        let folder = tempfile::tempdir().unwrap();
        let far = folder.path().join("far");
        fs::create_dir(&far).unwrap();
        let (link, second) = (folder.path().join("link"), folder.path().join("second"));
        symlink("far/list.csv", &link).unwrap();
        symlink(&link, &second).unwrap();
        for text in ["new", "newer"] {
            write(&second, Existing::Replace, text).unwrap();
            assert_eq!(fs::read_to_string(far.join("list.csv")).unwrap(), text);
        }
        assert!(link.is_symlink() && second.is_symlink());
        let refused = write(&link, Existing::Keep, "unasked").unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
        assert_eq!(names(&far), ["list.csv"]);
    }

    #[test]
    fn links_in_a_circle_and_pipes_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        symlink(&a, &b).unwrap();
        symlink(&b, &a).unwrap();
        assert!(write(&a, Existing::Replace, "").is_err());
        if Path::new("/dev/null").exists() {
            let link = folder.path().join("null");
            symlink("/dev/null", &link).unwrap();
            let refused = write(&link, Existing::Replace, "").unwrap_err();
            assert!(refused.to_string().contains("device"), "{refused}");
        }
    }
}
