//! The library: how fast files are indexed, and how long a search over many windows takes, beside the same search in other programs.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use earmark_core::audio::bwf::BwfWriter;
use earmark_core::job::JobControl;
use earmark_core::library::index::{Index, IndexWriter};
use earmark_core::library::row::{Rows, RowsMade};
use earmark_core::library::search::{Centre, Search};
use earmark_core::protocol::JobKind;
use earmark_core::store::StoreHandle;
use earmark_core::time::{SampleIndex, SampleRate};
use earmark_core::worker::Worker;
use half::f16;

use super::effort::{Effort, say};
use super::material::{self, Failure, RATE_HZ};
use super::{Figure, side_by_side, take_turns};

/// Lengths of the files that are indexed, in turn: a library of single sounds, in seconds.
const LENGTHS_S: [f64; 4] = [0.4, 0.9, 1.6, 3.1];
/// Windows of each made-up recording: a minute and a half.
const RECORDING_WINDOWS: usize = 500;
/// What a row of the default model has.
const DIMS: usize = 512;
const SPACE: &str = "made up";
/// Events that are asked for.
const TOP: usize = 100;
/// A Python that has NumPy and usearch; `cargo xtask bench` sets it.
const PYTHON_VARIABLE: &str = "EARMARK_BENCH_USEARCH_PYTHON";
const SCRIPT: &str = include_str!("library.py");

pub fn measure_indexing(effort: Effort) -> Result<Vec<Figure>, Failure> {
    let files = effort.choose(120, 1_200);
    let folder = tempfile::tempdir()?;
    say(format!(
        "writing {files} files, and one with all their sound"
    ));
    let (many, one) = (folder.path().join("many"), folder.path().join("one"));
    std::fs::create_dir_all(&many)?;
    std::fs::create_dir_all(&one)?;
    let lengths: Vec<f64> = LENGTHS_S.into_iter().cycle().take(files).collect();
    for (number, length_s) in lengths.iter().enumerate() {
        write_sound(&many.join(format!("{number:05}.wav")), *length_s)?;
    }
    write_sound(&one.join("all.wav"), lengths.iter().sum())?;
    let (time, in_one) = side_by_side(
        effort.choose(3, 5),
        || index_with_nothing_cached(&many),
        || index_with_nothing_cached(&one),
    )?;
    let rate = |time: Duration| files as f64 / time.as_secs_f64();
    Ok(vec![Figure {
        name: "library_files_per_s",
        value: rate(time),
        unit: "files/s",
        against: format!(
            "the same {:.0} s of sound in one file: {:.1} files/s",
            lengths.iter().sum::<f64>(),
            rate(in_one)
        ),
        ratio: rate(time) / rate(in_one),
    }])
}

fn write_sound(path: &Path, length_s: f64) -> Result<(), Failure> {
    let rate = SampleRate::new(RATE_HZ).ok_or("a rate of zero")?;
    let mut writer = BwfWriter::create(path, rate, 1, SampleIndex(0), "measurement")?;
    let mut random = fastrand::Rng::with_seed(1);
    let frames = (length_s * f64::from(RATE_HZ)) as usize;
    let seconds = frames.div_ceil(RATE_HZ as usize);
    for second in 0..seconds {
        let left = frames - second * RATE_HZ as usize;
        let samples = material::second(second, &mut random).take(left);
        writer.write_at(
            second as u64 * u64::from(RATE_HZ),
            &samples.collect::<Vec<f32>>(),
        )?;
    }
    writer.flush()?;
    Ok(())
}

/// Indexes `folder` with nothing cached.
fn index_with_nothing_cached(folder: &Path) -> Result<(), Failure> {
    let own = tempfile::tempdir()?;
    let config = material::config(own.path(), material::all_cores())?;
    let store = StoreHandle::new(config.database.clone())?;
    store.with(|store| store.add_library_folder(folder))?;
    let mut worker = Worker::new(config, store);
    let key = material::manifest()?.key().to_owned();
    worker.update_library(&key, &|_| true, &JobControl::new(JobKind::Indexing))?;
    Ok(())
}

pub fn measure_a_million(effort: Effort) -> Result<Vec<Figure>, Failure> {
    let folder = tempfile::tempdir()?;
    make_up(folder.path(), 1_000_000)?;
    let index = Index::open(folder.path(), SPACE, DIMS);
    let rows = rows_of(&index);
    let query = some_point(&mut fastrand::Rng::with_seed(77));
    let centre = Centre::of(&rows, DIMS);
    let mut ours = || search(&rows, &query, &centre, material::all_cores());
    let rounds = effort.choose(5, 15);
    let Some(python) = std::env::var_os(PYTHON_VARIABLE) else {
        say(format!(
            "{PYTHON_VARIABLE} is not set, so nothing is compared with Python"
        ));
        let alone = || search(&rows, &query, &centre, NonZeroUsize::MIN);
        let (time, on_one) = side_by_side(rounds, ours, alone)?;
        return Ok(vec![figure("similar_1m_ms", time, "on one thread", on_one)]);
    };
    say("handing the vectors to Python");
    write_vectors(&rows, &query, folder.path())?;
    // A graph over a million windows takes minutes to build.
    let programs = effort.choose(&["numpy", "usearch"][..], &["numpy", "usearch", "hnsw"][..]);
    let started = programs
        .iter()
        .map(|program| Python::start(&python, program, folder.path()));
    let mut others = started.collect::<Result<Vec<_>, _>>()?;
    let names: Vec<String> = others.iter().map(|it| it.about.clone()).collect();
    let mut theirs: Vec<_> = others.iter_mut().map(|it| || it.search()).collect();
    let mut sides: Vec<&mut dyn FnMut() -> Result<(), Failure>> = vec![&mut ours];
    for other in &mut theirs {
        sides.push(other);
    }
    let times = take_turns(rounds, &mut sides)?;
    let Some((own, others)) = times.split_first() else {
        return Ok(Vec::new());
    };
    let figures = names.iter().zip(others);
    Ok(figures
        .map(|(name, time)| figure("similar_1m_ms", *own, name, *time))
        .collect())
}

pub fn measure_ten_million(_: Effort) -> Result<Vec<Figure>, Failure> {
    let folder = tempfile::tempdir()?;
    make_up(folder.path(), 10_000_000)?;
    let index = Index::open(folder.path(), SPACE, DIMS);
    let rows = rows_of(&index);
    let query = some_point(&mut fastrand::Rng::with_seed(77));
    let centre = Centre::of(&rows, DIMS);
    let ours = || search(&rows, &query, &centre, material::all_cores());
    let alone = || search(&rows, &query, &centre, NonZeroUsize::MIN);
    let (time, on_one) = side_by_side(5, ours, alone)?;
    Ok(vec![figure(
        "similar_10m_ms",
        time,
        "on one thread",
        on_one,
    )])
}

fn figure(name: &'static str, ours: Duration, against: &str, theirs: Duration) -> Figure {
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    Figure {
        name,
        value: milliseconds(ours),
        unit: "ms",
        against: format!("{against}: {:.0} ms", milliseconds(theirs)),
        ratio: milliseconds(ours) / milliseconds(theirs),
    }
}

fn some_point(random: &mut fastrand::Rng) -> Vec<f32> {
    (0..DIMS).map(|_| random.f32() - 0.4).collect()
}

/// An index of `windows` made-up windows in `folder`.
fn make_up(folder: &Path, windows: usize) -> Result<(), Failure> {
    say(format!("making up an index of {windows} windows"));
    let mut random = fastrand::Rng::with_seed(4);
    let mut writer = IndexWriter::open(folder, SPACE, DIMS, &|_| true)?;
    for number in 0..windows / RECORDING_WINDOWS {
        let mut rows = RowsMade::default();
        for _ in 0..RECORDING_WINDOWS {
            rows.push(&some_point(&mut random));
        }
        writer.add(
            &format!("recording {number}"),
            RECORDING_WINDOWS,
            rows.rows(),
        )?;
    }
    writer.flush()?;
    Ok(())
}

fn rows_of(index: &Index) -> Vec<Rows<'_>> {
    index.parts().into_iter().map(|(_, rows)| rows).collect()
}

fn search(
    rows: &[Rows<'_>],
    query: &[f32],
    centre: &Centre,
    threads: NonZeroUsize,
) -> Result<(), Failure> {
    let queries = [query.to_vec()];
    let search = Search {
        queries: &queries,
        centre,
        except: &[],
        apart: 5,
        top: TOP,
        threads,
    };
    let found = search.run(rows, &|| true);
    let is_complete = found.iter().all(|events| events.len() == TOP);
    is_complete
        .then_some(())
        .ok_or_else(|| "too few events".into())
}

/// The points of all windows, in half precision, and the query, for another program.
fn write_vectors(rows: &[Rows<'_>], query: &[f32], folder: &Path) -> Result<(), Failure> {
    let mut file = BufWriter::new(File::create(folder.join("vectors.f16"))?);
    for rows in rows {
        for window in 0..rows.windows(DIMS) {
            let point = rows.point(window, DIMS).ok_or("a window without a point")?;
            let halves = point.into_iter().map(f16::from_f32);
            let bytes: Vec<u8> = halves.flat_map(f16::to_le_bytes).collect();
            file.write_all(&bytes)?;
        }
    }
    file.flush()?;
    let bytes: Vec<u8> = query.iter().flat_map(|value| value.to_le_bytes()).collect();
    std::fs::write(folder.join("query.f32"), bytes)?;
    Ok(())
}

/// A Python process that searches once for every line it is sent. It ends with its standard input.
struct Python {
    /// What it searches with.
    about: String,
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    fn start(python: &OsStr, program: &str, folder: &Path) -> Result<Self, Failure> {
        let mut child = Command::new(python)
            .args(["-c", SCRIPT, program])
            .arg(folder)
            .args([DIMS.to_string(), TOP.to_string()])
            .arg(material::all_cores().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(orders), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("Python has no pipes".into());
        };
        let mut answers = BufReader::new(answers);
        let mut about = String::new();
        answers.read_line(&mut about)?;
        Ok(Self {
            about: about.trim().to_owned(),
            child,
            orders,
            answers,
        })
    }

    fn search(&mut self) -> Result<(), Failure> {
        writeln!(self.orders, "go")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        match answer.trim() {
            "done" => Ok(()),
            _ => Err("Python gave up; what it says is above".into()),
        }
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // It has nothing to lose.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
