//! `merge`: what the tasks of a shared scan found, into the database or a table. Blocks on the disk; the main thread.

use earmark_core::job::JobControl;
#[cfg(feature = "parquet")]
use earmark_core::merge::into_parquet;
use earmark_core::merge::{MergeReport, into_csv, into_database};
use earmark_core::pack::{Pack, exchange};
use earmark_core::platform::whole_file::Existing;
use earmark_core::protocol::JobKind;
use earmark_core::shard::{Plans, ShardFolder};
use earmark_core::store::ClassifierId;
use earmark_core::words::counted;

use super::Context;
use super::arguments::MergeArguments;
use super::failure::Failure;
use super::progress::while_shown;

/// Files of each kind that are named in text.
const MOST_LINES: usize = 10;

pub fn run(context: &Context, arguments: &MergeArguments) -> Result<(), Failure> {
    let folder = ShardFolder::new(&arguments.folder);
    let mut plans = Plans::open(&folder)?;
    let job = JobControl::new(JobKind::Scanning);
    let bar = context.output.bar();
    let existing = match arguments.replace {
        true => Existing::Replace,
        false => Existing::Keep,
    };
    let report = while_shown(bar, &job, || {
        if let Some(target) = &arguments.csv {
            return Ok(into_csv(&folder, &mut plans, target, existing, &job)?);
        }
        #[cfg(feature = "parquet")]
        if let Some(target) = &arguments.parquet {
            return Ok(into_parquet(&folder, &mut plans, target, existing, &job)?);
        }
        let classifiers = classifiers(context, &folder, &plans)?;
        let (store, profile) = (&context.store, &context.profile);
        let again = arguments.again;
        let merged = into_database(
            store,
            profile,
            &folder,
            &mut plans,
            &classifiers,
            again,
            &job,
        );
        Ok::<_, Failure>(merged?)
    })?;
    context.output.show(&report, describe)?;
    match report.left_out() {
        0 => Ok(()),
        left_out => Err(Failure::NotAllMerged {
            left_out,
            files: report.files,
        }),
    }
}

/// The rows of the plan's classifiers, which are entered where they are new.
fn classifiers(
    context: &Context,
    folder: &ShardFolder,
    plans: &Plans,
) -> Result<Vec<ClassifierId>, Failure> {
    let sounds = plans.plan.sounds.iter();
    let rows = sounds.map(|sound| {
        let pack = Pack::load(&folder.pack(&sound.classifier))?;
        Ok(exchange::enter(&context.store, &context.profile, &pack)?.id())
    });
    rows.collect()
}

fn describe(report: &MergeReport) -> String {
    let mut text = format!(
        "merged {} with {} of {}",
        counted(report.merged as usize, "result"),
        counted(report.regions as usize, "region"),
        counted(report.files as usize, "file"),
    );
    if report.merged_before > 0 {
        text.push_str(&format!("; {} merged before", report.merged_before));
    }
    for (what, named) in report.kinds() {
        if named.count == 0 {
            continue;
        }
        text.push_str(&format!(
            "\n{} {what}:",
            counted(named.count as usize, "file")
        ));
        for one in named.first.iter().take(MOST_LINES) {
            text.push_str(&format!("\n  {}: {}", one.path.display(), one.why));
        }
        if named.count > MOST_LINES as u64 {
            text.push_str("\n  … `--json` names more");
        }
    }
    text
}
