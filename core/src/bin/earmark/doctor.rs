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
    let database = find_database(context);
    let mut findings = vec![find_runtime()];
    // Opening a model asks the database for settings, which would make a missing one.
    findings.extend(find_models(context, database.problem.is_none()));
    findings.push(database);
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

fn find_runtime() -> Finding {
    let (found, problem) = match Runtime::load(&platform::runtime_candidates()) {
        Ok(runtime) => {
            let found = format!("{} ({})", runtime.path().display(), runtime.build());
            (Some(found), None)
        }
        Err(error) => (None, Some(error.to_string())),
    };
    Finding {
        what: "runtime",
        found,
        problem,
    }
}

/// Every model, opened if `opens` says so.
fn find_models(context: &Context, opens: bool) -> Vec<Finding> {
    let models = found_models();
    if models.is_empty() {
        return vec![Finding {
            what: "model",
            found: None,
            problem: Some(String::from(
                "no model was found: run `cargo xtask setup`, or install Earmark with its resources folder",
            )),
        }];
    }
    models
        .into_iter()
        .map(|model| {
            let problem = match (&model.key, model.error) {
                (Some(key), None) if opens => problem_of(context, key),
                (_, error) => error,
            };
            let name = model.name.unwrap_or_default();
            Finding {
                what: "model",
                found: model.key.map(|key| format!("{key} ({name})")),
                problem,
            }
        })
        .collect()
}

/// Why scans with the model `key` would fail or be slow.
fn problem_of(context: &Context, key: &str) -> Option<String> {
    let mut worker = context.worker();
    match worker.open_model(key) {
        Ok(_) => worker.take_notices().into_iter().next(),
        Err(error) => Some(error.to_string()),
    }
}

fn find_database(context: &Context) -> Finding {
    let checked = context.expect_database().and_then(|()| {
        Ok(context.store.with(|store| {
            store
                .check_integrity()
                .map(|()| format!("{} ({})", store.path().display(), store.versions_in_use()))
        })?)
    });
    let (found, problem) = match checked {
        Ok(found) => (found, None),
        Err(error) => (
            context.store.path().display().to_string(),
            Some(error.to_string()),
        ),
    };
    Finding {
        what: "database",
        found: Some(found),
        problem,
    }
}
