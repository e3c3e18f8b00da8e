//! A project brings every parameter back as it was saved.

use std::path::Path;

use xtask::host::{BlockSizes, Event, Pace, Parameter, Step};

use crate::support::signals::noise_channels;
use crate::support::{Build, Sandbox};

const RATE_HZ: u32 = 48_000;

fn play(input: &Path) -> Step {
    Step::Play {
        input: input.to_owned(),
        output: None,
        transport: Vec::new(),
        pace: Pace::AsFastAsPossible,
    }
}

fn is_down(parameters: &[Parameter]) -> bool {
    let mut pads = parameters.iter();
    let pad = pads.find(|parameter| parameter.name == "Mark negative");
    pad.unwrap().value == 1.0
}

/// Random values of every parameter, the same in every run.
fn random_parameters(random: &mut fastrand::Rng) -> Vec<Step> {
    let names = [
        "Bypass",
        "Listen",
        "Threshold",
        "Mark negative",
        "Mark positive",
    ];
    let set = |name: &str| Step::SetParameter {
        name: name.into(),
        value: match name {
            "Threshold" => random.f64(),
            _ => f64::from(u8::from(random.bool())),
        },
    };
    names.into_iter().map(set).collect()
}

#[test]
fn whatever_the_parameters_were_a_recreated_instance_has_them_and_saves_the_same_bytes() {
    let sandbox = Sandbox::new();
    let input = sandbox.write_wave("in.wav", RATE_HZ, noise_channels(2, 2_400, 9));
    let mut random = fastrand::Rng::with_seed(13);
    let file = |round: usize, name: &str| sandbox.path(&format!("{round}-{name}.state"));
    let mut steps = Vec::new();
    const ROUNDS: usize = 12;
    for round in 0..ROUNDS {
        let is_active = round % 2 == 1;
        if is_active {
            steps.push(Step::Activate {
                rate_hz: RATE_HZ,
                blocks: BlockSizes::Fixed(512),
            });
        }
        steps.extend(random_parameters(&mut random));
        if is_active {
            // An active plugin is given its parameters with a block.
            steps.push(play(&input));
        }
        let (before, after) = (file(round, "before"), file(round, "after"));
        steps.extend([
            Step::ReportParameters,
            Step::SaveState {
                file: before.clone(),
            },
            Step::Recreate,
            Step::LoadState { file: before },
            Step::ReportParameters,
            Step::SaveState { file: after },
            Step::Recreate,
        ]);
    }
    let events = sandbox.host(&Build::release(), steps);
    let reports: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Parameters { parameters } => Some(parameters),
            _ => None,
        })
        .collect();
    assert_eq!(reports.len(), 2 * ROUNDS);
    let mut seen = [false; 2];
    for (round, pair) in reports.chunks_exact(2).enumerate() {
        assert_eq!(pair[0], pair[1], "round {round}");
        let bytes = |name| std::fs::read(file(round, name)).unwrap();
        assert_eq!(bytes("before"), bytes("after"), "round {round}");
        seen[usize::from(is_down(pair[0]))] = true;
    }
    assert_eq!(seen, [true; 2], "both values of a pad were tried");
}
