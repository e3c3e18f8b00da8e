//! `cargo xtask install`: puts the bundles where DAWs and the shell look for them, and the actions where DAWs look for scripts.

mod scripts;

use crate::bundle::{Bundles, command_line_file};
use crate::files;
use crate::setup::RESOURCES;
use anyhow::{Context, Result};
use scripts::{ScriptFolder, SettingsFolders};
use std::env;
use std::path::{Path, PathBuf};

/// Where each part goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destinations {
    /// Folder for `earmark.clap` and, where that is a single file, its resources.
    clap: PathBuf,
    /// Folder for `earmark.vst3`.
    vst3: PathBuf,
    /// Folder for the command line and its resources.
    command_line: PathBuf,
    /// A folder of the search path that gets a link to the command line.
    link: Option<PathBuf>,
    /// Where DAWs look for scripts.
    scripts: Vec<ScriptFolder>,
}

impl Destinations {
    /// The current user's folders, which need no administrator.
    ///
    /// # Errors
    /// If there is no home folder.
    pub fn of_user() -> Result<Self> {
        let home = env::home_dir().context(
            "the home folder is unknown; set HOME, or say where to install with `cargo xtask install --to FOLDER`",
        )?;
        Ok(Self::for_platform(
            env::consts::OS,
            &home,
            &SettingsFolders::from_environment(),
        ))
    }

    fn for_platform(os: &str, home: &Path, named: &SettingsFolders) -> Self {
        let scripts = scripts::folders(os, home, named);
        match os {
            "windows" => {
                let programs = named
                    .local_app_data
                    .clone()
                    .unwrap_or_else(|| home.join("AppData/Local"))
                    .join("Programs");
                Self {
                    clap: programs.join("Common/CLAP"),
                    vst3: programs.join("Common/VST3"),
                    command_line: programs.join("Earmark"),
                    link: None,
                    scripts,
                }
            }
            "macos" => {
                let plugins = home.join("Library/Audio/Plug-Ins");
                Self {
                    clap: plugins.join("CLAP"),
                    vst3: plugins.join("VST3"),
                    command_line: home.join(".local/lib/earmark"),
                    link: Some(home.join(".local/bin")),
                    scripts,
                }
            }
            _ => Self {
                clap: home.join(".clap"),
                vst3: home.join(".vst3"),
                command_line: home.join(".local/lib/earmark"),
                link: Some(home.join(".local/bin")),
                scripts,
            },
        }
    }

    /// Everything in one folder.
    pub fn in_folder(folder: &Path) -> Self {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.into());
        Self {
            clap: folder.clone(),
            vst3: folder.clone(),
            command_line: folder,
            link: None,
            scripts: Vec::new(),
        }
    }
}

/// Copies `bundles` to `destinations` and says where everything went.
///
/// # Errors
/// If something cannot be written.
pub fn install(bundles: &Bundles, destinations: &Destinations) -> Result<()> {
    let clap = destinations.clap.join("earmark.clap");
    let vst3 = destinations.vst3.join("earmark.vst3");
    let command_line = destinations.command_line.join(command_line_file());
    files::replace(&bundles.clap(), &clap)?;
    if clap.is_file() {
        files::replace(&bundles.resources(), &destinations.clap.join(RESOURCES))?;
    }
    files::replace(&bundles.vst3(), &vst3)?;
    files::replace(&bundles.command_line(), &command_line)?;
    if destinations.command_line != destinations.clap || !clap.is_file() {
        files::replace(
            &bundles.resources(),
            &destinations.command_line.join(RESOURCES),
        )?;
    }

    println!("\nInstalled:");
    println!("  CLAP plugin   {}", clap.display());
    println!("  VST3 plugin   {}", vst3.display());
    println!("  command line  {}", command_line.display());
    let shell_folder = match &destinations.link {
        Some(folder) => {
            let link = folder.join(command_line_file());
            link_program(&command_line, &link)?;
            println!("  linked from   {}", link.display());
            folder.as_path()
        }
        None => &destinations.command_line,
    };
    for line in scripts::install(&destinations.scripts, &destinations.command_line)? {
        println!("  {line}");
    }
    println!(
        "\nIn your DAW, let it scan for new plugins, then insert \"Earmark\" on a track. DAWs look for CLAP and VST3 \
         plugins in your own plugin folders by default; if yours does not, add {} (CLAP) or {} (VST3) to its plugin \
         paths.",
        destinations.clap.display(),
        destinations.vst3.display()
    );
    if !is_searched(shell_folder) {
        println!(
            "To use `earmark` in a terminal, add {} to your PATH.",
            shell_folder.display()
        );
    }
    Ok(())
}

fn is_searched(folder: &Path) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|entry| entry == folder))
}

#[cfg(unix)]
fn link_program(program: &Path, link: &Path) -> Result<()> {
    let attempt = || -> std::io::Result<()> {
        if let Some(folder) = link.parent() {
            std::fs::create_dir_all(folder)?;
        }
        // Only a link is ours to replace; a file there is somebody else's program, and symlink() then fails.
        if link.is_symlink() {
            std::fs::remove_file(link)?;
        }
        std::os::unix::fs::symlink(program, link)
    };
    attempt().with_context(|| {
        format!(
            "{} cannot be linked to {}; move away what is there",
            link.display(),
            program.display()
        )
    })
}

#[cfg(not(unix))]
fn link_program(_program: &Path, _link: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
