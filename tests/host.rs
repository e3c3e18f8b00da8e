//! Carries out a host script from standard input; see `xtask::host::Script`. With the path of a VST3 library, asks that instead.

fn main() -> anyhow::Result<()> {
    let Some(library) = std::env::args_os().nth(1) else {
        return xtask::host::run_from_standard_input();
    };
    let report = xtask::host::probe_vst3(library.as_ref())?;
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}
