//! The drawing of the house, held against the code: which room uses which, and that no files use each other in a circle.
//!
//! Reads `core/src`, `plugin/src` and the table in `ARCHITECTURE.md`; needs no tool and builds nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // In tests a panic is the report.

mod circles;
mod names;
mod source;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use names::Workspace;
use source::Crate;
use table::{Arrows, Table};

/// It lists the rooms and is in none.
const LIST_OF_ROOMS: &str = "core/src/lib.rs";

/// What must not even be reached by a detour, whatever the table allows.
const NEVER: [(&str, &str); 6] = [
    ("scan", "embed"),
    ("scan", "store"),
    ("classifier", "embed"),
    ("classifier", "store"),
    ("store", "embed"),
    ("capture", "audio"),
];

/// Crates that only one room may know.
const KEPT_TO: [(&str, &str); 2] = [("rusqlite", "store"), ("ort", "embed")];

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The sources as they are, read once for all tests.
fn workspace() -> &'static Workspace {
    static WORKSPACE: OnceLock<Workspace> = OnceLock::new();
    WORKSPACE.get_or_init(|| {
        let read = |root| Crate::read(repository(), root);
        Workspace::of([
            ("earmark_core", read("core/src/lib.rs")),
            ("earmark", read("plugin/src/lib.rs")),
            ("command line", read("core/src/bin/earmark/main.rs")),
        ])
    })
}

fn table() -> Table {
    Table::read(&fs::read_to_string(repository().join("ARCHITECTURE.md")).unwrap())
}

/// The arrows of the code between the rooms of `table`, each with the files and names that make it.
fn arrows_in_code(table: &Table) -> BTreeMap<(String, String), Vec<String>> {
    let mut arrows: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for ((from, to), names) in workspace().named() {
        let (Some(user), Some(used)) = (table.room_of(&from), table.room_of(&to)) else {
            continue;
        };
        if user != used {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let tie = format!("    {from} uses {} of {to}", names.join(", "));
            let arrow = (user.to_owned(), used.to_owned());
            arrows.entry(arrow).or_default().push(tie);
        }
    }
    arrows
}

#[test]
fn rooms_use_no_rooms_but_those_that_the_table_allows() {
    let table = table();
    let allowed = table.arrows();
    let strange: Vec<String> = arrows_in_code(&table)
        .into_iter()
        .filter(|(arrow, _)| !allowed.contains(arrow))
        .map(|((from, to), ties)| format!("{from} -> {to}\n{}", ties.join("\n")))
        .collect();
    assert!(
        strange.is_empty(),
        "ARCHITECTURE.md does not allow these arrows: move what is used down, or its user up.\n{}",
        strange.join("\n")
    );
}

#[test]
fn the_table_holds_every_room_and_nothing_that_is_not_there() {
    let table = table();
    let strangers = |room: &&str| !table::is_there(repository(), room);
    let strangers: Vec<&str> = table.rooms().filter(strangers).collect();
    assert!(strangers.is_empty(), "no such rooms: {strangers:?}");

    let workspace = workspace();
    let homeless = workspace.files().into_iter();
    let homeless: Vec<&str> = homeless
        .filter(|file| *file != LIST_OF_ROOMS && table.room_of(file).is_none())
        .collect();
    assert!(homeless.is_empty(), "in no room: {homeless:?}");

    let used: Arrows = arrows_in_code(&table).into_keys().collect();
    let unused: Vec<_> = table.arrows().difference(&used).cloned().collect();
    assert!(unused.is_empty(), "allowed, but nobody uses it: {unused:?}");
}

#[test]
fn arrows_run_down_the_table() {
    let table = table();
    let floors: Vec<&str> = table.rooms().collect();
    let floor_of = |room: &str| floors.iter().position(|other| *other == room);
    let upwards: Vec<_> = table
        .arrows()
        .into_iter()
        .filter(|(from, to)| floor_of(to) <= floor_of(from))
        .collect();
    assert!(upwards.is_empty(), "these do not: {upwards:?}");
}

#[test]
fn what_must_never_meet_does_not_meet() {
    let table = table();
    for (from, to) in NEVER {
        assert!(!table.reached_from(from).contains(to), "{from} knows {to}");
    }
    let knows_engine = |room: &&str| {
        table
            .arrows()
            .contains(&((*room).to_owned(), "engine".into()))
    };
    let in_plugin = table.rooms().filter(|room| room.starts_with("plugin/"));
    let knowing: Vec<&str> = in_plugin.filter(knows_engine).collect();
    assert_eq!(knowing, ["plugin/link"]);
    let workspace = workspace();
    for (crate_, room) in KEPT_TO {
        let users: BTreeSet<_> = workspace.users_of(crate_);
        let elsewhere = users
            .iter()
            .filter(|file| table.room_of(file) != Some(room));
        let elsewhere: Vec<_> = elsewhere.collect();
        assert!(
            elsewhere.is_empty(),
            "{crate_} is not {room}'s alone: {elsewhere:?}"
        );
        assert!(!users.is_empty(), "nobody uses {crate_}");
    }
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let circles = circles::circles(&workspace().defined());
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

/// A crate of these files in a folder of its own.
fn a_crate(files: &[(&str, &str)]) -> Workspace {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Workspace::of([("one", Crate::read(folder.path(), "src/lib.rs"))])
}

#[test]
fn a_circle_that_hides_behind_re_exports_is_found() {
    let workspace = a_crate(&[
        ("src/lib.rs", "mod room; mod other;"),
        (
            "src/room/mod.rs",
            "mod a; mod b; pub use a::A; pub use self::b::{B as Bee};",
        ),
        ("src/room/a.rs", "use super::Bee; pub struct A(Bee);"),
        (
            "src/room/b.rs",
            "pub struct B; fn f() -> B { crate::room::A::new(); B }",
        ),
        ("src/other.rs", "use crate::room; fn g(a: room::A) {}"),
    ]);
    let circles = circles::circles(&workspace.defined());
    assert_eq!(circles.len(), 1, "{circles:?}");
    assert!(
        circles[0].contains("src/room/a.rs -> src/room/b.rs: B"),
        "{circles:?}"
    );
    assert!(
        circles[0].contains("src/room/b.rs -> src/room/a.rs: A"),
        "{circles:?}"
    );
    let named = workspace.named();
    let arrow = (
        String::from("src/other.rs"),
        String::from("src/room/mod.rs"),
    );
    assert_eq!(named[&arrow], BTreeSet::from([String::from("A")]));
}

#[test]
fn a_module_and_its_children_may_use_each_other_and_tests_anything() {
    let workspace = a_crate(&[
        ("src/lib.rs", "mod room;"),
        (
            "src/room.rs",
            "mod child; pub struct Shared; use child::Child;",
        ),
        (
            "src/room/child.rs",
            "use super::Shared; pub struct Child(Shared); #[cfg(test)] mod tests { use rusqlite::Row; }",
        ),
    ]);
    assert!(circles::circles(&workspace.defined()).is_empty());
    assert!(workspace.users_of("rusqlite").is_empty());
    assert_eq!(workspace.files().len(), 3);
}
