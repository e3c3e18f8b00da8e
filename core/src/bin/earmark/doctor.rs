//! `doctor`: what works, and how to repair what does not.

use std::path::PathBuf;

use earmark_core::embed::Runtime;
use earmark_core::platform;
use earmark_core::protocol::EngineError;
use serde::Serialize;

use super::failure::Failure;
use super::models::found_models;
use super::{Context, restore};

#[derive(Serialize)]
struct Finding {
    what: &'static str,
    found: Option<String>,
    /// What is wrong, with the remedy; absent when all is well.
    problem: Option<String>,
}

#[derive(Serialize)]
struct Diagnosis {
    version: &'static str,
    healthy: bool,
    findings: Vec<Finding>,
    resource_folders: Vec<PathBuf>,
}

pub fn doctor(context: &Context) -> Result<(), Failure> {
    let candidates = platform::runtime_candidates();
    let runtime = match Runtime::load(&candidates) {
        Ok(runtime) => Finding {
            what: "runtime",
            found: Some(format!(
                "{} ({})",
                runtime.path().display(),
                runtime.build()
            )),
            problem: None,
        },
        Err(error) => Finding {
            what: "runtime",
            found: None,
            problem: Some(error.to_string()),
        },
    };
    let mut findings = vec![runtime];
    let models = found_models();
    if models.is_empty() {
        findings.push(Finding {
            what: "model",
            found: None,
            problem: Some(String::from(
                "no model was found: run `cargo xtask setup`, or install Earmark with its resources folder",
            )),
        });
    }
    for model in models {
        let mut worker = context.worker();
        let opened = match (&model.key, model.error) {
            (Some(key), None) => worker
                .open_model(key)
                .map_err(|error| error.to_string())
                .and_then(|_| worker.take_notices().into_iter().next().map_or(Ok(()), Err)),
            (_, error) => Err(error.unwrap_or_default()),
        };
        findings.push(Finding {
            what: "model",
            found: model
                .key
                .map(|key| format!("{key} ({})", model.name.unwrap_or_default())),
            problem: opened.err(),
        });
    }
    let database = context.expect_database().and_then(|()| {
        Ok(context.store.with(|store| {
            store
                .check_integrity()
                .map(|()| format!("{} ({})", store.path().display(), store.versions_in_use()))
        })?)
    });
    findings.push(match database {
        Ok(found) => Finding {
            what: "database",
            found: Some(found),
            problem: None,
        },
        Err(error) => Finding {
            what: "database",
            found: Some(context.store.path().display().to_string()),
            problem: Some(error.to_string()),
        },
    });
    findings.push(Finding {
        what: "backup",
        found: Some(restore::newest(context).unwrap_or_else(|| {
            String::from("none yet: the plugin makes the first one once it has saved something")
        })),
        problem: None,
    });
    let diagnosis = Diagnosis {
        version: env!("CARGO_PKG_VERSION"),
        healthy: findings.iter().all(|finding| finding.problem.is_none()),
        findings,
        resource_folders: platform::resource_folders(),
    };
    context.output.show(&diagnosis, |diagnosis| {
        let mut text = format!("earmark {}\n", diagnosis.version);
        for finding in &diagnosis.findings {
            let found = finding.found.as_deref().unwrap_or("-");
            match &finding.problem {
                None => text.push_str(&format!("  ok   {}: {found}\n", finding.what)),
                Some(problem) => {
                    text.push_str(&format!("  BAD  {}: {found}: {problem}\n", finding.what));
                }
            }
        }
        text.push_str("folders searched for the runtime and models:\n");
        for folder in &diagnosis.resource_folders {
            text.push_str(&format!("  {}\n", folder.display()));
        }
        text
    })?;
    let problems = diagnosis
        .findings
        .iter()
        .filter(|finding| finding.problem.is_some());
    match problems.count() {
        0 => Ok(()),
        problems => Err(EngineError::Unwell { problems }.into()),
    }
}
