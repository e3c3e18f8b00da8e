//! `cargo xtask eval`: how well the shipped head finds and learns, beside other heads on the very same examples.
//!
//! Reads `material.json` from the folder it is given: targets with their examples, and two labelled files. For each
//! target and head it does what a user does: learn from the examples, search both files, mark the worst mistakes of file A
//! and confirm what was found, learn again. File B is searched but never marked. Everything runs through the real engine:
//! database, embeddings, mixing and background are those of the plugin. Prints JSON, one entry per target, head and round.
//!
//! Arguments: `--material FOLDER`, `--python PROGRAM --script FILE` for the heads of scikit-learn (left out without),
//! `--targets N` for the first N only, `--json FILE`.

mod figures;
mod heads;
mod material;
mod rounds;

use std::path::PathBuf;

type Failure = Box<dyn std::error::Error>;

#[derive(Default)]
struct Arguments {
    material: PathBuf,
    python: Option<PathBuf>,
    script: Option<PathBuf>,
    targets: Option<usize>,
    json: Option<PathBuf>,
}

fn main() -> Result<(), Failure> {
    let arguments = parse()?;
    let material = material::read(&arguments.material)?;
    let folder = tempfile::tempdir()?;
    let mut session = rounds::Session::open(&arguments.material, folder.path(), &material)?;
    let sklearn = match (&arguments.python, &arguments.script) {
        (Some(python), Some(script)) => Some(heads::Sklearn::start(
            python,
            script,
            folder.path(),
            session.searched(),
        )?),
        _ => None,
    };
    let mut heads = heads::Heads { sklearn };
    let wanted = arguments.targets.unwrap_or(material.targets.len());
    let mut results = Vec::new();
    for (index, target) in material.targets.iter().take(wanted).enumerate() {
        for head in heads.kinds(index) {
            results.extend(session.learn(index, target, head, &mut heads)?);
        }
        eprintln!("{}/{} {}", index + 1, wanted, target.name);
    }
    let text = serde_json::to_string_pretty(&results)?;
    match arguments.json {
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
            "--python" => arguments.python = Some(value.into()),
            "--script" => arguments.script = Some(value.into()),
            "--targets" => arguments.targets = Some(value.parse()?),
            "--json" => arguments.json = Some(value.into()),
            _ => return Err(format!("{name} is not known here").into()),
        }
    }
    Ok(arguments)
}
