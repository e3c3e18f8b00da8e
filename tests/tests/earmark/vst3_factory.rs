//! The VST3 library through its factory, also on systems where no other VST3 host runs.

use xtask::host::Vst3Report;

use crate::support::{Build, Sandbox, wine};

#[test]
fn the_vst3_library_plays_through_and_keeps_its_state_when_asked_through_its_factory() {
    let (build, sandbox) = (Build::debug(), Sandbox::new());
    let mut command = sandbox.runner();
    command.arg(wine::path_for(&build.vst3_code()));
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let line = told.lines().last().unwrap_or_default();
    let report: Vst3Report = serde_json::from_str(line).unwrap_or_else(|error| {
        panic!("{error}: {told}{}", String::from_utf8_lossy(&output.stderr))
    });
    assert_eq!(report.name, "Earmark");
    assert!(report.passes_sound_unchanged);
    assert!(
        report.keeps_its_state && report.state_bytes > 0,
        "{report:?}"
    );
    assert!(report.has_editor);
    assert_eq!(report.note_outputs, 1);
    for name in ["Bypass", "Output", "Send notes"] {
        assert!(
            report.parameters.iter().any(|known| known == name),
            "{report:?}"
        );
    }
}
