//! Finds the file that a path means, through imports and re-exports, as the compiler does.
//!
//! Owns the crates of the workspace that [`super::source`] read. What it does not know (other crates, methods, variants)
//! it leaves alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Crate, Module, Name};

/// The crates that belong together.
pub struct Workspace {
    crates: BTreeMap<&'static str, Crate>,
}

/// Who uses what: from a file, to a file, by which names.
pub type Uses = BTreeMap<(String, String), BTreeSet<String>>;

/// A module of one crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    crate_: &'static str,
    module: usize,
}

/// What a path leads to.
struct Found {
    /// The module that the path names, before any re-export.
    named: Place,
    /// The module in which what it names is defined.
    defined: Place,
    /// `None` if the path means a module.
    name: Option<String>,
}

/// More re-exports of one another than anybody writes.
const DEEPEST: usize = 16;

impl Workspace {
    /// The crates by the names under which others know them.
    pub fn of<const COUNT: usize>(crates: [(&'static str, Crate); COUNT]) -> Self {
        Self {
            crates: BTreeMap::from(crates),
        }
    }

    /// Every file that was read.
    pub fn files(&self) -> BTreeSet<&str> {
        self.modules()
            .map(|(_, module)| module.file.as_str())
            .collect()
    }

    /// The arrows between files as the paths are written: a re-export counts for the file that hands it on.
    pub fn named(&self) -> Uses {
        self.uses(|found| found.named)
    }

    /// The arrows between files as the names are defined: a re-export counts for the file that defines the name.
    pub fn defined(&self) -> Uses {
        self.uses(|found| found.defined)
    }

    /// Files that name the crate `name`, which is none of these.
    pub fn users_of(&self, name: &str) -> BTreeSet<&str> {
        self.modules()
            .filter(|(_, module)| {
                let paths = module.imported.values().chain(&module.globs);
                let mut paths = paths.chain(&module.mentioned);
                paths.any(|path| path[0] == name)
            })
            .map(|(_, module)| module.file.as_str())
            .collect()
    }

    fn modules(&self) -> impl Iterator<Item = (Place, &Module)> {
        self.crates.iter().flat_map(|(&crate_, content)| {
            let modules = content.modules.iter().enumerate();
            modules.map(move |(module, content)| (Place { crate_, module }, content))
        })
    }

    fn uses(&self, end: impl Fn(&Found) -> Place) -> Uses {
        let mut uses = Uses::new();
        for (place, module) in self.modules() {
            let paths = module.imported.values().chain(&module.mentioned);
            let globs = module.globs.iter().map(|path| (path, true));
            for (path, is_glob) in paths.map(|path| (path, false)).chain(globs) {
                let Some(found) = self.find(place, path, 0) else {
                    continue;
                };
                // A module that is only named is used by the paths that begin with it.
                let name = match &found.name {
                    Some(name) => name.clone(),
                    None if is_glob => String::from("*"),
                    None => continue,
                };
                let target = &self.module(end(&found)).file;
                if *target != module.file {
                    let tie = (module.file.clone(), target.clone());
                    uses.entry(tie).or_default().insert(name);
                }
            }
        }
        uses
    }

    fn module(&self, place: Place) -> &Module {
        &self.crates[place.crate_].modules[place.module]
    }

    fn find(&self, from: Place, path: &Name, depth: usize) -> Option<Found> {
        let root = |crate_| Place { crate_, module: 0 };
        let (start, rest) = match path[0].as_str() {
            "crate" => (root(from.crate_), &path[1..]),
            "self" => (from, &path[1..]),
            "super" => (self.parent(from)?, &path[1..]),
            "earmark_core" => (root("earmark_core"), &path[1..]),
            head => {
                let module = self.module(from);
                let is_import_of_itself = module.imported.get(head) == Some(path);
                let known = module.children.contains_key(head)
                    || (module.imported.contains_key(head) && !is_import_of_itself);
                if !known {
                    return None;
                }
                (from, &path[..])
            }
        };
        self.walk(start, rest, depth)
    }

    fn walk(&self, start: Place, path: &[String], depth: usize) -> Option<Found> {
        let mut place = start;
        for (at, name) in path.iter().enumerate() {
            let module = self.module(place);
            if name == "super" {
                place = self.parent(place)?;
            } else if let Some(&child) = module.children.get(name) {
                place.module = child;
            } else {
                return Some(self.follow(place, &path[at..], depth));
            }
        }
        Some(Found {
            named: place,
            defined: place,
            name: None,
        })
    }

    /// What `path` means in the module at `place`, whose child it is not.
    fn follow(&self, place: Place, path: &[String], depth: usize) -> Found {
        let module = self.module(place);
        let here = Found {
            named: place,
            defined: place,
            name: Some(path[0].clone()),
        };
        if depth > DEEPEST || module.defined.contains(&path[0]) {
            return here;
        }
        let Some(origin) = module.imported.get(&path[0]) else {
            return here;
        };
        let mut whole = origin.clone();
        whole.extend_from_slice(&path[1..]);
        match self.find(place, &whole, depth + 1) {
            Some(found) if module.is_alias_of_module(&path[0], self, place) => found,
            Some(found) => Found {
                named: place,
                ..found
            },
            None => here,
        }
    }

    fn parent(&self, place: Place) -> Option<Place> {
        let module = self.module(place).parent?;
        Some(Place { module, ..place })
    }
}

impl Module {
    /// Whether `name` was imported here and is a module: then a path that begins with it names that module.
    fn is_alias_of_module(&self, name: &str, workspace: &Workspace, place: Place) -> bool {
        self.imported.get(name).is_some_and(|origin| {
            workspace
                .find(place, origin, DEEPEST)
                .is_some_and(|found| found.name.is_none())
        })
    }
}
