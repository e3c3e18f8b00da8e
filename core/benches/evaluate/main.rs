//! `cargo xtask eval`: how well the shipped head finds and learns, beside other heads.
//!
//! Reads `material.json` from the folder it is given: targets with their examples, and two labelled files. For each
//! target and head it does what a user does: learn from the examples, search both files, mark the worst mistakes of file A
//! and confirm what was found, learn again. File B is searched but never marked. Everything runs through the real engine:
//! database, embeddings, mixing and background are those of the plugin. Prints JSON: one entry per target, head and round,
//! and one per target, head and number of examples.
//!
//! Arguments: `--material FOLDER`, `--python PROGRAM --script FILE` for the heads in Python, `--shipped KEY --before KEY` for
//! the models that the shipped head and the one before learn from, `--targets N` for the first N only, `--quick yes` for
//! those two heads only, `--json FILE`. With `--edges FILE` it writes what the boundary model is fitted by, and measures nothing. With
//! `--retrieval FILE` it searches the recordings that the file lists by one example each, and does nothing else.

mod edges;
mod few;
mod figures;
mod heads;
mod material;
mod oracle;
mod python;
mod retrieval;
mod rounds;
mod session;

use std::path::{Path, PathBuf};

use serde::Serialize;

type Failure = Box<dyn std::error::Error>;

#[derive(Default)]
struct Arguments {
    material: PathBuf,
    python: PathBuf,
    script: PathBuf,
    models: heads::Models,
    targets: Option<usize>,
    is_quick: bool,
    json: Option<PathBuf>,
    edges: Option<PathBuf>,
    retrieval: Option<PathBuf>,
}

/// What is written as JSON.
#[derive(Serialize, Default)]
struct Results {
    outcomes: Vec<rounds::Outcome>,
    few: Vec<few::Few>,
}

fn main() -> Result<(), Failure> {
    let arguments = parse()?;
    if let Some(list) = &arguments.retrieval {
        let found = retrieval::measure(list, &arguments.material, &arguments.models.shipped)?;
        return write_json(&found, arguments.json.as_deref());
    }
    let material = material::read(&arguments.material)?;
    let folder = tempfile::tempdir()?;
    let mut session = session::Session::open(
        &arguments.material,
        folder.path(),
        &material,
        &arguments.models.keys(),
    )?;
    let mut heads = heads::Heads {
        models: arguments.models,
        python: python::Python::start(&arguments.python, &arguments.script, folder.path())?,
    };
    let wanted = arguments.targets.unwrap_or(material.targets.len());
    if let Some(path) = &arguments.edges {
        let targets = material.targets.get(..wanted).unwrap_or(&material.targets);
        return edges::write(&mut session, targets, &mut heads, path);
    }
    let mut results = Results::default();
    for (index, target) in material.targets.iter().take(wanted).enumerate() {
        let kinds = if arguments.is_quick {
            heads::COMPARED.to_vec()
        } else {
            heads::kinds(index)
        };
        for head in kinds {
            results
                .outcomes
                .extend(rounds::learn(&mut session, target, head, &mut heads)?);
        }
        for head in heads::COMPARED {
            results
                .few
                .extend(few::learn(&mut session, target, head, &mut heads)?);
        }
        eprintln!("{}/{} {}", index + 1, wanted, target.name);
    }
    write_json(&results, arguments.json.as_deref())
}

/// Writes `results` to `path`, or without one to standard output.
fn write_json(results: &impl Serialize, path: Option<&Path>) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(results)?;
    match path {
        Some(path) => std::fs::write(path, text)?,
        None => println!("{text}"),
    }
    Ok(())
}

fn parse() -> Result<Arguments, Failure> {
    let mut arguments = Arguments::default();
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        // Cargo adds this to every benchmark.
        if name == "--bench" {
            continue;
        }
        let value = given
            .next()
            .ok_or_else(|| format!("{name} needs a value"))?;
        match name.as_str() {
            "--material" => arguments.material = value.into(),
            "--python" => arguments.python = value.into(),
            "--script" => arguments.script = value.into(),
            "--shipped" => arguments.models.shipped = value,
            "--before" => arguments.models.before = value,
            "--targets" => arguments.targets = Some(value.parse()?),
            "--quick" => arguments.is_quick = value == "yes",
            "--retrieval" => arguments.retrieval = Some(value.into()),
            "--edges" => arguments.edges = Some(value.into()),
            "--json" => arguments.json = Some(value.into()),
            _ => return Err(format!("{name} is not known here").into()),
        }
    }
    Ok(arguments)
}
