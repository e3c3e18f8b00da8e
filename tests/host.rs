//! Carries out a host script from standard input; see `xtask::host::Script`.

fn main() -> anyhow::Result<()> {
    xtask::host::run_from_standard_input()
}
