//! What the demo prints.

use std::path::Path;

use super::Version;
use super::command_line::{Comparison, MODEL, Results};
use super::metrics::{Figures, Found};
use crate::bundle::Bundles;
use crate::host::Wave;
use crate::soundscape::Truth;

/// A figure's name and its words.
type Row = (&'static str, fn(&Figures) -> String);

/// Regions that are listed at most.
const LISTED: usize = 20;

pub fn step(text: &str) {
    println!("\n{text} …");
}

pub fn soundscape(truth: &Truth, examples: usize) {
    let mut others: Vec<_> = truth
        .events
        .iter()
        .map(|event| event.class.as_str())
        .collect();
    others.retain(|class| *class != truth.class);
    others.sort_unstable();
    others.dedup();
    println!(
        "\nThe track: {:.0} minutes with {} sounds, of which {} are {}; the others are {}.",
        truth.duration_s / 60.0,
        truth.events.len(),
        truth.targets().count(),
        truth.class,
        others.join(", ")
    );
    println!(
        "The examples: {examples} short clips made of other recordings of {}.",
        truth.class
    );
}

pub fn own_recording(audio: &Path, wave: &Wave) {
    println!(
        "\nThe track: {}, {}, {} Hz.",
        audio.display(),
        super::minutes(wave),
        wave.rate_hz
    );
}

pub fn regions(version: &Version, truth: &Truth) {
    println!(
        "\n{MODEL} ({}) [v{}]",
        version.regions.len(),
        version.version
    );
    list(&version.regions, |found| {
        match truth.heard_at(found.start_s, found.end_s) {
            Some(event) if event.class == truth.class => event.class.clone(),
            Some(event) => format!("false: {}", event.class),
            None => "false: background".to_owned(),
        }
    });
    let figures = version.figures;
    println!(
        "precision {}, recall {}, average precision {:.3}",
        percent(figures.precision),
        percent(figures.recall),
        figures.average_precision
    );
}

pub fn unmeasured(results: &Results) {
    println!(
        "\n{MODEL} ({}) [v{}]",
        results.regions.len(),
        results.version
    );
    list(&results.regions, |_| String::new());
}

fn list(regions: &[Found], remark: impl Fn(&Found) -> String) {
    for (index, found) in regions.iter().enumerate().take(LISTED) {
        let (start, end) = (clock(found.start_s), clock(found.end_s));
        println!(
            "{:>4}  {start}  {end}  {:.2}  {}",
            index + 1,
            found.score,
            remark(found)
        );
    }
    if regions.len() > LISTED {
        println!("      … and {} more", regions.len() - LISTED);
    }
}

pub fn corrections(marked: &[Found], truth: &Truth) {
    println!(
        "\nMarking the {} highest false hits as hard negatives:",
        marked.len()
    );
    for found in marked {
        let heard = truth
            .heard_at(found.start_s, found.end_s)
            .map_or("background", |event| &event.class);
        println!(
            "      {}  {:.2}  {heard}",
            clock(found.start_s),
            found.score
        );
    }
}

pub fn versions(before: &Version, after: &Version, comparison: &Comparison) {
    let rows: [Row; 6] = [
        ("regions", |figures| figures.regions.to_string()),
        ("precision", |figures| percent(figures.precision)),
        ("recall", |figures| percent(figures.recall)),
        ("precision at 50 % recall", |figures| {
            or_dash(figures.precision_at_half_recall)
        }),
        ("precision at 75 % recall", |figures| {
            or_dash(figures.precision_at_three_quarters_recall)
        }),
        ("average precision", |figures| {
            format!("{:.3}", figures.average_precision)
        }),
    ];
    println!(
        "\n{:<26}{:>10}{:>10}",
        "",
        format!("v{}", before.version),
        format!("v{}", after.version)
    );
    for (name, figure) in rows {
        println!(
            "{name:<26}{:>10}{:>10}",
            figure(&before.figures),
            figure(&after.figures)
        );
    }
    changes(before.version, after.version, comparison);
}

pub fn changes(before: u32, after: u32, comparison: &Comparison) {
    println!(
        "\nFrom v{before} to v{after}: {} regions kept, {} moved, {} new, {} gone.",
        comparison.kept.len(),
        comparison.moved.len(),
        comparison.new.len(),
        comparison.gone.len()
    );
}

pub fn closing(bundles: &Bundles, database: &Path) {
    println!("\nThe bundles are in {}", bundles.folder().display());
    println!("  CLAP          {}", bundles.clap().display());
    println!("  VST3          {}", bundles.vst3().display());
    println!("  command line  {}", bundles.command_line().display());
    println!("The demo's database is {}", database.display());
    println!("Install them for your DAW with `cargo xtask install`.");
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

fn or_dash(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), percent)
}

fn clock(seconds: f64) -> String {
    let minutes = (seconds / 60.0).floor();
    format!("{minutes:02.0}:{:06.3}", seconds - minutes * 60.0)
}
