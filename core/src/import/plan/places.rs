//! Which recording a label is about: the files that the user named, those beside the label file, and those that the database knows.
//! Asks disks and the database; writes nothing.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::audio;
use crate::export::Times;
use crate::frequency::Band;
use crate::library::audio_files::find_audio;
use crate::limits;
use crate::platform::name_text;
use crate::protocol::{EngineError, PlacedRecording};
use crate::recording::Recording;
use crate::store::{StoreError, StoreHandle};
use crate::time::Span;

/// A time before the recording's start that is no more than rounding, in seconds.
const ROUNDING_S: f64 = 0.001;

/// A recording with what a label needs to know of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub recording: Recording,
    length_s: f64,
    rate_hz: u32,
    /// Where it lies in the project.
    start_s: f64,
}

impl Place {
    fn open(store: &StoreHandle, path: &Path) -> Result<Result<Self, String>, StoreError> {
        let source = match audio::open(path) {
            Ok(source) => source,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let recording = Recording::find(store, path)?;
        let take = store.with(|store| store.take_by_filename(&recording.filename))?;
        let start_s = match take {
            Some(take) => take.start.seconds(take.rate),
            // A recording of another program may say itself where it lies.
            None => source
                .time_reference()
                .map_or(0.0, |start| start.seconds(source.rate())),
        };
        let rate_hz = source.rate().hz();
        Ok(Ok(Self {
            recording,
            length_s: source.frames() as f64 / f64::from(rate_hz),
            rate_hz,
            start_s,
        }))
    }

    /// The span of the recording that `said` is, with times counted from where `times` says; why it is none of this recording. A
    /// point is `point_length_s` long, or reaches to the end of the recording.
    ///
    /// # Errors
    /// When it does not lie in the recording.
    pub fn span(&self, said: Span, times: Times, point_length_s: f64) -> Result<Span, String> {
        let offset_s = match times {
            Times::Take => 0.0,
            Times::Project => self.start_s,
        };
        let (mut start_s, mut end_s) = (said.start_s() - offset_s, said.end_s() - offset_s);
        if (-ROUNDING_S..0.0).contains(&start_s) {
            start_s = 0.0;
        }
        if said.duration_s() <= 0.0 {
            end_s = start_s + point_length_s;
            if start_s < self.length_s {
                end_s = end_s.min(self.length_s);
            }
        }
        limits::span_within(start_s, end_s, self.length_s)
            .map_err(|error| format!("{error} ({})", self.recording.filename))
    }

    /// Whether a band holds every frequency that the recording can have: a box without bounds of its own.
    pub(super) fn is_everything(&self, band: Band) -> bool {
        band.low_hz() <= 0.0 && band.high_hz() >= f64::from(self.rate_hz) / 2.0
    }

    pub(super) fn placed(&self) -> PlacedRecording {
        PlacedRecording {
            recording: self.recording.clone(),
            start_s: self.start_s,
            length_s: self.length_s,
        }
    }
}

/// Finds the recordings of labels, each once.
pub struct Places<'a> {
    store: &'a StoreHandle,
    /// The files that the user named, and those in the folders that they named.
    given: Vec<PathBuf>,
    /// By the label file, and the recording that it names.
    known: HashMap<(PathBuf, Option<String>), Result<usize, String>>,
    /// By path.
    opened: HashMap<PathBuf, Result<usize, String>>,
    places: Vec<Place>,
}

impl<'a> Places<'a> {
    /// `given` are files and folders in which recordings are looked for first.
    pub fn new(store: &'a StoreHandle, given: &[PathBuf]) -> Self {
        let mut files = Vec::new();
        for path in given {
            if path.is_dir() {
                let found = find_audio(path, &mut |_| ControlFlow::Continue(()));
                let found = found.into_iter().flat_map(|found| found.files);
                files.extend(found.map(|file| file.path));
            } else {
                files.push(path.clone());
            }
        }
        Self {
            store,
            given: files,
            known: HashMap::new(),
            opened: HashMap::new(),
            places: Vec::new(),
        }
    }

    /// The recording that a label in `file` is about, which is called `name` there; in words why there is none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn find(
        &mut self,
        file: &Path,
        name: Option<&str>,
    ) -> Result<Result<&Place, String>, EngineError> {
        let key = (file.to_owned(), name.map(str::to_owned));
        let found = match self.known.get(&key) {
            Some(known) => known.clone(),
            None => {
                let path = match name {
                    Some(name) => self.path_of(file, name)?,
                    None => self.path_for(file)?,
                };
                let found = match path {
                    Ok(path) => self.open(path)?,
                    Err(why) => Err(why),
                };
                self.known.insert(key, found.clone());
                found
            }
        };
        let place = found.and_then(|at| {
            let place = self.places.get(at);
            place.ok_or_else(|| String::from("the recording cannot be read"))
        });
        Ok(place)
    }

    fn open(&mut self, path: PathBuf) -> Result<Result<usize, String>, EngineError> {
        if let Some(known) = self.opened.get(&path) {
            return Ok(known.clone());
        }
        let opened = Place::open(self.store, &path)?.map(|place| {
            self.places.push(place);
            self.places.len() - 1
        });
        self.opened.insert(path, opened.clone());
        Ok(opened)
    }

    /// Where the recording is that `file` calls `name`.
    fn path_of(&self, file: &Path, name: &str) -> Result<Result<PathBuf, String>, EngineError> {
        let bare = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let given = self.given.iter().filter(|path| is_called(path, bare));
        let given: Vec<&PathBuf> = given.collect();
        if let Some(path) = best(&given, name) {
            return Ok(path.map(Path::to_owned));
        }
        let folder = folder_of(file);
        for path in [folder.join(name), folder.join(bare)] {
            if path.is_file() {
                return Ok(Ok(path));
            }
        }
        if let Some(path) = beside(folder, |path| is_called(path, bare)) {
            return Ok(Ok(path));
        }
        for said in [name, bare] {
            if let Some(path) = self.known_path(said)? {
                return Ok(Ok(path));
            }
        }
        Ok(Err(format!(
            "no recording called {name} is known: name its file or its folder"
        )))
    }

    /// The recording of a file that names none: the one that was given, or the one of the same name.
    fn path_for(&self, file: &Path) -> Result<Result<PathBuf, String>, EngineError> {
        if let [only] = &self.given[..] {
            return Ok(Ok(only.clone()));
        }
        let name = file.file_name().map(name_text).unwrap_or_default();
        let of_this_name = |path: &Path| length_in_common(path, &name) > 0;
        let mut given: Vec<&PathBuf> = self.given.iter().collect();
        given.retain(|path| of_this_name(path));
        given.sort_by_key(|path| length_in_common(path, &name));
        if let Some(path) = given.last() {
            return Ok(Ok((*path).clone()));
        }
        let folder = folder_of(file);
        let mut found: Vec<PathBuf> = audio_in(folder);
        found.retain(|path| of_this_name(path));
        found.sort_by_key(|path| length_in_common(path, &name));
        if let Some(path) = found.pop() {
            return Ok(Ok(path));
        }
        let stem = file.file_stem().map(name_text).unwrap_or_default();
        if let Some(path) = self.known_path(&format!("{stem}.wav"))? {
            return Ok(Ok(path));
        }
        Ok(Err(String::from(
            "the file names no recording, and none of its name lies beside it: name the recording",
        )))
    }

    /// Where the database says that the recording `name` is, if it is there.
    fn known_path(&self, name: &str) -> Result<Option<PathBuf>, EngineError> {
        let said = self
            .store
            .with(|store| store.recording_said(Path::new(name)))?;
        Ok(Some(said.path).filter(|path| path.is_file()))
    }
}

/// The one of `paths` that has most folders in common with `name`; why none is where several have as many.
fn best<'p>(paths: &[&'p PathBuf], name: &str) -> Option<Result<&'p Path, String>> {
    let in_common = |path: &Path| {
        let parts = path.components().rev();
        let said = name.rsplit(['/', '\\']);
        parts
            .zip(said)
            .take_while(|(part, said)| name_text(part.as_os_str()) == **said)
            .count()
    };
    let most = paths.iter().map(|path| in_common(path)).max()?;
    let mut nearest = paths.iter().filter(|path| in_common(path) == most);
    let first = nearest.next()?;
    Some(match nearest.next() {
        None => Ok(first.as_path()),
        Some(_) => Err(format!(
            "several recordings are called {name}: name the file"
        )),
    })
}

/// Whether the file at `path` is called `name`, which may lack the ending.
fn is_called(path: &Path, name: &str) -> bool {
    let own = path.file_name().map(name_text).unwrap_or_default();
    let stem = path.file_stem().map(name_text).unwrap_or_default();
    own == name || stem == name
}

/// How much of a label file's name is the recording's: `a.wav` has `a.txt`, `a.wav.txt` and `a.BirdNET.results.csv`. In bytes; 0 for
/// another recording.
fn length_in_common(path: &Path, name: &str) -> usize {
    let own = path.file_name().map(name_text).unwrap_or_default();
    let stem = path.file_stem().map(name_text).unwrap_or_default();
    let is_of = |own: &str| {
        let rest = name.strip_prefix(own);
        !own.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let names = [own, stem].into_iter().filter(|own| is_of(own));
    names.map(|own| own.len()).max().unwrap_or_default()
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

fn beside(folder: &Path, is_it: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    audio_in(folder).into_iter().find(|path| is_it(path))
}

/// The audio files in `folder`, by name; not those of the folders in it.
fn audio_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let mut audio: Vec<PathBuf> = paths
        .filter(|path| audio::is_audio_name(path) && path.is_file())
        .collect();
    audio.sort();
    audio
}
