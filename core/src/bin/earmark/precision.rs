//! `precision`: how often the scores of a version are right, as far as the user judged its regions.

use earmark_core::marks::Marks;
use earmark_core::protocol::{
    BandShare, LEAST_JUDGEMENTS, PrecisionThreshold, Reach, TruthCurve, found_scores, judged_scores,
};
use earmark_core::words::counted;
use serde::Serialize;

use super::Context;
use super::arguments::PrecisionArguments;
use super::failure::Failure;
use super::models::expect_model;
use super::results::{choose, no_such_version};

#[derive(Serialize)]
struct Precision {
    filename: String,
    model: String,
    version: u32,
    judged: usize,
    /// Judgements that the curve still needs.
    missing: usize,
    bands: Vec<BandShare>,
    precision: f64,
    /// `null` without a curve.
    threshold: Option<PrecisionThreshold>,
}

pub fn precision(context: &Context, arguments: &PrecisionArguments) -> Result<(), Failure> {
    let (model, version) = (arguments.model.as_str(), arguments.version.as_deref());
    expect_model(context, model)?;
    let filename = context.find(&arguments.file)?.filename;
    let profile = context.profile.as_str();
    let found = context.store.with(|store| {
        let Some(found) = choose(store, &filename, profile, model, version)? else {
            return Ok(None);
        };
        let regions = Marks::read_version(store, profile, &filename, model, &found.timestamp)?;
        let classifiers = store.classifiers(profile, model)?;
        let mut classifiers = classifiers.into_iter();
        let by = classifiers.find(|row| Some(row.id) == found.classifier_id);
        let classes = by.map_or_else(Vec::new, |row| row.classes);
        Ok(Some((found.number, regions, classes)))
    })?;
    let (number, regions, classes) =
        found.ok_or_else(|| no_such_version(context, &filename, model, version))?;
    let judged = judged_scores(&regions, &classes);
    let curve = TruthCurve::fit(&judged);
    let wanted = f64::from(arguments.precision);
    let threshold = curve
        .as_ref()
        .map(|curve| curve.threshold_for(wanted, &found_scores(&regions)));
    let shown = Precision {
        filename,
        model: model.to_owned(),
        version: number,
        judged: judged.len(),
        missing: LEAST_JUDGEMENTS.saturating_sub(judged.len()),
        bands: curve.map_or_else(Vec::new, |curve| curve.bands().to_vec()),
        precision: wanted,
        threshold,
    };
    context.output.show(&shown, in_words)
}

fn in_words(shown: &Precision) -> String {
    let mut text = format!(
        "{} {} [v{}]: {} judged\n",
        shown.filename, shown.model, shown.version, shown.judged
    );
    for band in &shown.bands {
        text.push_str(&format!(
            "score {:.2}  {:>4} judged  {:.2} true ({:.2} to {:.2})\n",
            band.score, band.judged, band.share.estimate, band.share.low, band.share.high
        ));
    }
    let percent = 100.0 * shown.precision;
    match shown.threshold {
        Some(PrecisionThreshold {
            estimate,
            low,
            high,
        }) => text.push_str(&match estimate {
            Reach::From(_) => format!(
                "{percent:.0} % precision from threshold {estimate} (95 % interval: {low} to {high})\n"
            ),
            Reach::Everywhere => format!("all regions together reach {percent:.0} % precision\n"),
            Reach::Nowhere => format!("no threshold reaches {percent:.0} % precision\n"),
        }),
        None if shown.missing > 0 => text.push_str(&format!(
            "judge {} more for the threshold of {percent:.0} % precision\n",
            counted(shown.missing, "region")
        )),
        None => text.push_str("all judged regions have one score, so there is no threshold\n"),
    }
    text
}
