use std::fs;

use super::*;
use crate::audio::bwf::BwfWriter;
use crate::platform::odd_name;
use crate::time::{SampleIndex, SampleRate, Span};

const FRAMES: usize = 48_000;

fn region(start_s: f64, end_s: f64, class: &'static str) -> ListedRegion<'static> {
    ListedRegion {
        span: Span::new(start_s, end_s).unwrap(),
        score: 0.97,
        state: "found",
        class,
        note: "",
        band: None,
    }
}

fn ramp(samples: usize) -> Vec<f32> {
    (0..samples).map(|index| index as f32 * 1e-5).collect()
}

/// A take of a second that starts ten hours into the project.
fn take(folder: &Path) -> PathBuf {
    let path = folder.join("take.wav");
    let rate = SampleRate::new(48_000).unwrap();
    let start = SampleIndex(36_000 * 48_000);
    let mut writer = BwfWriter::create(&path, rate, 1, start, "Dialogue").unwrap();
    writer.write_at(0, &ramp(FRAMES)).unwrap();
    path
}

fn marked(source: &Path, target: &Path, regions: &[ListedRegion<'_>]) -> Result<(), MarkerError> {
    let mut go_on = |_| ControlFlow::Continue(());
    let copy = MarkedCopy {
        source,
        target,
        existing: Existing::Replace,
        regions,
        note: "AISFX v3",
    };
    write_markers(&copy, &mut go_on)
}

/// All chunks of a file, read with nothing but their sizes.
fn chunks_of(path: &Path) -> Vec<(String, Vec<u8>)> {
    let bytes = fs::read(path).unwrap();
    let size = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    assert_eq!(
        size(4) + 8,
        bytes.len(),
        "the file's size is what its head says"
    );
    let mut at = 12;
    let mut chunks = Vec::new();
    while at < bytes.len() {
        let id = String::from_utf8(bytes[at..at + 4].to_vec()).unwrap();
        let length = size(at + 4);
        chunks.push((id, bytes[at + 8..at + 8 + length].to_vec()));
        at += 8 + length + length % 2;
    }
    chunks
}

fn content<'a>(chunks: &'a [(String, Vec<u8>)], id: &str) -> &'a [u8] {
    &chunks.iter().find(|(found, _)| found == id).unwrap().1
}

#[test]
fn a_copy_has_a_named_marker_for_each_region_and_all_else_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let take = take(folder.path());
    let copy = folder.path().join(odd_name("take, \"marked\" ä.wav"));
    marked(
        &take,
        &copy,
        &[
            region(0.25, 0.5, ""),
            ListedRegion {
                note: "links #knarrt",
                ..region(0.75, 2.0, "Tür, \"groß\"")
            },
        ],
    )
    .unwrap();

    let (before, after) = (chunks_of(&take), chunks_of(&copy));
    for id in ["bext", "fmt ", "fact", "data"] {
        assert_eq!(content(&after, id), content(&before, id), "{id}");
    }
    let points = content(&after, "cue ");
    assert_eq!(points.len(), 4 + 2 * 24);
    let number = |at: usize| u32::from_le_bytes(points[at..at + 4].try_into().unwrap());
    assert_eq!(
        (number(0), number(4), number(8), number(24)),
        (2, 1, 12_000, 12_000)
    );
    assert_eq!((number(28), number(32)), (2, 36_000));
    let said = content(&after, "LIST");
    let holds = |text: &[u8]| said.windows(text.len()).any(|found| found == text);
    assert!(said.starts_with(b"adtllabl"));
    assert!(holds(b"found 0.97\0") && holds("Tür, \"groß\" 0.97\0".as_bytes()));
    assert!(holds(b"Earmark AISFX v3\0") && holds(b"Earmark AISFX v3: links #knarrt\0"));
    assert!(
        holds(b"rgn ") && holds(&12_000_u32.to_le_bytes()),
        "lengths, cut to the take's end"
    );

    let mut reader = BwfReader::open(&copy).unwrap();
    assert_eq!(reader.frames(), FRAMES as u64);
    assert_eq!(reader.time_reference(), SampleIndex(36_000 * 48_000));
    assert!(
        !reader.is_own(),
        "the recorder would take the markers for samples"
    );
    let mut samples = Vec::new();
    reader.read_frames(0, FRAMES, &mut samples).unwrap();
    assert_eq!(samples, ramp(FRAMES));
    let mut wav = hound::WavReader::open(&copy).unwrap();
    assert_eq!(
        wav.samples::<f32>().map(Result::unwrap).collect::<Vec<_>>(),
        ramp(FRAMES)
    );
}

#[test]
fn markers_of_other_programs_stay_and_those_of_the_last_export_are_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("foreign.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 8,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(&path, spec).unwrap();
    (0..801).for_each(|_| wav.write_sample(5_i8).unwrap());
    wav.finalize().unwrap();
    let mut foreign = Cues::default();
    foreign.read_points(&[[0; 4].as_slice(), &[7; 24]].concat());
    let said = [b"adtllabl\x0c\0\0\0".as_slice(), &[7; 4], b"by hand\0"].concat();
    assert!(foreign.read_list(&said));
    let mut bytes = fs::read(&path).unwrap();
    // hound leaves out the byte that makes an odd chunk even.
    bytes.push(0);
    bytes.extend(foreign.chunks());
    bytes.extend(b"LIST\x0c\0\0\0INFOISFT\0\0\0\0");
    let length = u32::try_from(bytes.len() - 8).unwrap();
    bytes[4..8].copy_from_slice(&length.to_le_bytes());
    fs::write(&path, bytes).unwrap();

    for regions in [
        vec![region(0.01, 0.02, "a"); 3],
        vec![region(0.05, 0.06, "b")],
    ] {
        marked(&path, &path, &regions).unwrap();
        let chunks = chunks_of(&path);
        let ids: Vec<&str> = chunks.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["fmt ", "data", "LIST", "cue ", "LIST"]);
        assert_eq!(content(&chunks, "cue ").len(), 4 + 24 * (1 + regions.len()));
        let said = &chunks.last().unwrap().1;
        assert!(said.windows(8).any(|text| text == b"by hand\0"));
    }
    assert_eq!(hound::WavReader::open(&path).unwrap().duration(), 801);
}

#[test]
fn no_markers_is_a_copy_without_any() {
    let folder = tempfile::tempdir().unwrap();
    let take = take(folder.path());
    let copy = folder.path().join("copy.wav");
    marked(&take, &copy, &[]).unwrap();
    assert_eq!(fs::read(&copy).unwrap(), fs::read(&take).unwrap());
}

#[test]
fn a_take_is_never_replaced_and_a_cancelled_copy_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let take = take(folder.path());
    let before = fs::read(&take).unwrap();
    let refused = marked(&take, &folder.path().join("./take.wav"), &[]).unwrap_err();
    assert!(matches!(refused, MarkerError::Take { .. }), "{refused}");
    let copy = folder.path().join("copy.wav");
    let mut stop = |_| ControlFlow::Break(());
    let asked = MarkedCopy {
        source: &take,
        target: &copy,
        existing: Existing::Keep,
        regions: &[],
        note: "",
    };
    let cancelled = write_markers(&asked, &mut stop).unwrap_err();
    assert!(matches!(cancelled, MarkerError::Cancelled), "{cancelled}");
    assert_eq!(fs::read(&take).unwrap(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_is_no_wav_says_to_export_a_list() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("song.mp3");
    fs::write(&path, b"ID3 and so on and so on").unwrap();
    let error = marked(&path, &folder.path().join("copy.wav"), &[]).unwrap_err();
    assert!(error.to_string().contains("export a list"), "{error}");
}

#[test]
fn a_file_past_four_gigabytes_keeps_its_wide_sizes() {
    let mut found = Chunks {
        form: *b"RIFF",
        all: vec![
            WavChunk {
                id: *b"JUNK",
                at: 20,
                bytes: 28,
            },
            WavChunk {
                id: *b"data",
                at: 56,
                bytes: u64::from(u32::MAX) - 100,
            },
        ],
        rate_hz: 48_000,
        frames: 1 << 29,
    };
    let folder = tempfile::tempdir().unwrap();
    let mut file = File::create_new(folder.path().join("empty")).unwrap();
    let mut plan = |found: &Chunks| {
        let add = |cues: &mut Cues, _: &Chunks| {
            let cue = Cue {
                start: 1,
                frames: 2,
                name: String::from("x"),
            };
            (0..10).for_each(|_| cues.add(&cue, ""));
            Ok(())
        };
        Plan::new(&mut file, found, add, Path::new("long.wav"))
    };
    assert_eq!(plan(&found).unwrap().form, *b"RF64");
    found.all.remove(0);
    assert!(matches!(plan(&found), Err(MarkerError::TooLong { .. })));
}

/// A recorder lost power: the sizes in the header say that there are no samples. Found by fuzzing (`fuzz/targets/wav.rs`).
#[test]
fn a_copy_of_a_recording_with_an_unfinished_header_holds_all_its_samples() {
    let folder = tempfile::tempdir().unwrap();
    let header =
        b"RIFF\x50\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x44\xAC\0\0\x88\x58\x01\0\x02\0\x10\0data";
    let samples: Vec<u8> = (0..2_000).map(|index| (index % 251) as u8).collect();
    for size in [0, 0x7FFF_FFFF, u32::MAX] {
        let source = folder.path().join("unfinished.wav");
        let copy = folder.path().join("copy.wav");
        let mut bytes = Vec::from(*header);
        bytes.extend(size.to_le_bytes());
        bytes.extend(&samples);
        fs::write(&source, bytes).unwrap();
        marked(&source, &copy, &[region(0.0, 0.01, "")]).unwrap();
        let chunks = chunks_of(&copy);
        assert_eq!(content(&chunks, "data"), samples, "size {size}");
        let ids: Vec<_> = chunks.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["fmt ", "data", "cue ", "LIST"], "size {size}");
        assert_eq!(crate::audio::open(&copy).unwrap().frames(), 1_000);
    }
}

/// Found by fuzzing (`fuzz/targets/wav.rs`): the sizes of the copy took the place of the format.
#[test]
fn a_copy_of_a_wide_file_without_wide_sizes_is_a_narrow_one_with_its_format() {
    let folder = tempfile::tempdir().unwrap();
    let (source, copy) = (folder.path().join("a.wav"), folder.path().join("b.wav"));
    let mut bytes = Vec::from(
        *b"RF64\x87\0\0\0WAVEfmt \x10\0\0\0\x03\0\x01\0\x44\xAC\0\0\x10\xB1\x02\0\x04\0\x20\0note\x03\0\0\0abcdata\x58\0\0\0",
    );
    bytes.extend([0, 0, 0, 0x3F].repeat(3));
    fs::write(&source, bytes).unwrap();
    marked(&source, &copy, &[region(0.0, 0.01, "")]).unwrap();
    let chunks = chunks_of(&copy);
    assert_eq!(fs::read(&copy).unwrap()[..4], *b"RIFF");
    let ids: Vec<_> = chunks.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["fmt ", "note", "data", "cue ", "LIST"]);
    assert_eq!(content(&chunks, "data").len(), 12);
    assert_eq!(crate::audio::open(&copy).unwrap().frames(), 3);
}
