//! The parts of the window, one per file. Each is a struct of borrowed values gathered for one frame, drawn into a
//! `&mut egui::Ui`, giving back the [`super::action::Action`]s the user asked for. None knows the engine or the host.

pub mod about;
pub mod balance;
pub mod class_prompt;
pub mod classifiers;
pub mod drop_hint;
pub mod export;
pub mod export_form;
pub mod file_menu;
pub mod first_run;
pub mod folder_browser;
pub mod header;
pub mod help;
pub mod mark_errors;
pub mod negatives;
pub mod negatives_form;
pub mod note_prompt;
pub mod obstacles;
pub mod output;
pub mod place_setting;
pub mod profiles;
pub mod recall_curve;
pub mod region_shape;
pub mod results;
pub mod score_histogram;
pub mod settings;
pub mod status;
pub mod storage;
pub mod tabs;
pub mod timeline;
pub mod train;
pub mod train_form;
pub mod training_data;
pub mod trend;
pub mod truth_chart;
pub mod versions;
