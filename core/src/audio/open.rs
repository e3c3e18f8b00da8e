//! From a path to a reader: sniffs what the file is and opens it, or says in words why not. Worker threads only.

use std::fs::File;
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_MP3;

use super::AudioError;
use super::adpcm::AdpcmPackets;
use super::chain::Chain;
use super::loss::LossReason;
use super::mpeg::{MpegPackets, Part, read_parts};
use super::reader::FrameReader;
use super::sniff::{Container, sniff};
use super::stream::{Parts, Stream, open_container, open_decoder, read_links};
use super::wav::{self, WavReader};
use super::window::Window;

/// Numbers of WAV's formats.
const WAV_MPEG: [u16; 2] = [0x50, 0x55];

type GoOn<'a> = &'a mut dyn FnMut() -> ControlFlow<()>;

/// Opens the recording at `path`, all channels of it; `go_on` is asked wherever that takes time.
pub(super) fn open_reader(
    path: &Path,
    go_on: GoOn<'_>,
) -> Result<Box<dyn FrameReader>, AudioError> {
    if go_on().is_break() {
        return Err(AudioError::Cancelled { path: path.into() });
    }
    let (file, bytes) = open_file(path)?;
    // Decoders of foreign formats meet damaged files; a slip in one of them must not take the host down.
    catch_unwind(AssertUnwindSafe(|| open_found(path, file, bytes, go_on))).unwrap_or_else(|_| {
        Err(AudioError::Damaged {
            path: path.into(),
            reason: "its decoder gave up".into(),
        })
    })
}

fn unreadable(path: &Path, source: std::io::Error) -> AudioError {
    match source.kind() {
        ErrorKind::NotFound => AudioError::NoSuchFile { path: path.into() },
        _ => AudioError::Io {
            path: path.into(),
            source,
        },
    }
}

fn open_file(path: &Path) -> Result<(File, u64), AudioError> {
    // Looked at before it is opened: opening a pipe would wait for somebody to write into it.
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(path, error))?;
    if !metadata.is_file() {
        return Err(AudioError::NotAudio { path: path.into() });
    }
    if metadata.len() == 0 {
        return Err(AudioError::Empty { path: path.into() });
    }
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    Ok((file, metadata.len()))
}

fn open_found(
    path: &Path,
    mut file: File,
    bytes: u64,
    go_on: GoOn<'_>,
) -> Result<Box<dyn FrameReader>, AudioError> {
    let sniffed = sniff(&mut file).map_err(|error| unreadable(path, error))?;
    let start = sniffed.start;
    let extension = match sniffed.container {
        Container::Wav | Container::W64 if start == 0 => {
            return open_wav(
                path,
                file,
                bytes,
                sniffed.container == Container::W64,
                go_on,
            );
        }
        Container::Mpeg(first) => return open_mpeg(path, file, first, bytes, go_on),
        Container::Ogg => return open_ogg(path, file, start, bytes, go_on),
        Container::Aiff => "aiff",
        Container::Flac => "flac",
        Container::Mp4 => "mp4",
        Container::Matroska => "mkv",
        Container::Adts => "aac",
        Container::Other(what) => {
            return Err(AudioError::Unsupported {
                path: path.into(),
                what: what.into(),
            });
        }
        Container::Wav | Container::W64 => {
            let what = "WAV behind ID3 tags".into();
            return Err(AudioError::Unsupported {
                path: path.into(),
                what,
            });
        }
        Container::Unknown => return Err(AudioError::NotAudio { path: path.into() }),
    };
    let parts = open_container(path, &Window::new(file, start, bytes), extension)?;
    Ok(Box::new(Stream::open(path, parts, go_on)?))
}

fn open_wav(
    path: &Path,
    mut file: File,
    bytes: u64,
    is_w64: bool,
    go_on: GoOn<'_>,
) -> Result<Box<dyn FrameReader>, AudioError> {
    let found =
        wav::read_layout(&mut file, bytes, is_w64).map_err(|error| unreadable(path, error))?;
    let unsupported = |what: String| AudioError::Unsupported {
        path: path.into(),
        what,
    };
    match found {
        wav::Found::Plain(layout) => Ok(Box::new(WavReader::new(path, file, layout)?)),
        wav::Found::Coded(coded) if WAV_MPEG.contains(&coded.format.tag) => {
            open_mpeg(path, file, coded.start, coded.end, go_on)
        }
        wav::Found::Coded(coded) => match AdpcmPackets::new(file, &coded) {
            Some(packets) => Ok(Box::new(open_adpcm(path, packets, go_on)?)),
            None => Err(unsupported(format!("WAV format {:#06x}", coded.format.tag))),
        },
        wav::Found::Wrong(reason) => Err(unsupported(reason)),
        wav::Found::Cut => Err(AudioError::Damaged {
            path: path.into(),
            reason: "it ends before its samples begin".into(),
        }),
    }
}

fn open_ogg(
    path: &Path,
    mut file: File,
    start: u64,
    end: u64,
    go_on: GoOn<'_>,
) -> Result<Box<dyn FrameReader>, AudioError> {
    let links = read_links(&mut file, start, end, go_on)
        .map_err(|error| unreadable(path, error))?
        .ok_or_else(|| AudioError::Cancelled { path: path.into() })?;
    let whole = Window::new(file, 0, end);
    let mut streams: Vec<Stream> = Vec::with_capacity(links.ranges.len());
    let mut failure = None;
    let last = links.ranges.len().saturating_sub(1);
    for (index, (from, to)) in links.ranges.into_iter().enumerate() {
        let opened = open_container(path, &whole.part(from, to), "ogg")
            .and_then(|parts| Stream::open(path, parts, go_on));
        match opened {
            Ok(mut stream) => {
                if links.is_cut && index == last {
                    let end = stream.frames();
                    stream.lose(end, end, LossReason::Truncated);
                }
                if streams.is_empty() && failure.is_some() {
                    stream.lose(0, 0, LossReason::Damaged);
                }
                streams.push(stream);
            }
            Err(error @ AudioError::Cancelled { .. }) => return Err(error),
            // What its first pages say is what the decoder needs.
            Err(error) => {
                if let Some(before) = streams.last_mut() {
                    let end = before.frames();
                    before.lose(end, end, LossReason::Damaged);
                }
                failure = failure.or(Some(error));
            }
        }
    }
    let readers = streams.into_iter();
    let readers = readers.map(|stream| Box::new(stream) as Box<dyn FrameReader>);
    chained(path, readers.collect(), failure)
}

fn open_mpeg(
    path: &Path,
    mut file: File,
    start: u64,
    end: u64,
    go_on: GoOn<'_>,
) -> Result<Box<dyn FrameReader>, AudioError> {
    let parts = read_parts(&mut file, start, end, go_on)
        .map_err(|error| unreadable(path, error))?
        .ok_or_else(|| AudioError::Cancelled { path: path.into() })?;
    let mut readers: Vec<Box<dyn FrameReader>> = Vec::with_capacity(parts.len());
    for part in parts {
        readers.push(Box::new(open_part(path, part, go_on)?));
    }
    chained(path, readers, None)
}

fn open_part(path: &Path, part: Part, go_on: GoOn<'_>) -> Result<Stream, AudioError> {
    if part.header.layer != 3 {
        let what = format!("MPEG audio of layer {}", part.header.layer);
        return Err(AudioError::Unsupported {
            path: path.into(),
            what,
        });
    }
    let mut parameters = AudioCodecParameters::new();
    parameters
        .for_codec(CODEC_ID_MP3)
        .with_sample_rate(part.header.rate_hz);
    let decoder = open_decoder(path, &parameters, false)?;
    let (samples, promised) = (part.samples(), part.promised_samples());
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    let mut stream = Stream::open(
        path,
        Parts {
            packets: Box::new(MpegPackets::new(file, Arc::new(part))),
            decoder,
            promised: Some(samples),
            is_exact: true,
            tolerance: 0,
            has_equal_packets: true,
            next_start: None,
        },
        go_on,
    )?;
    if promised > samples {
        stream.lose(samples, promised, LossReason::Truncated);
    }
    Ok(stream)
}

fn open_adpcm(path: &Path, packets: AdpcmPackets, go_on: GoOn<'_>) -> Result<Stream, AudioError> {
    let decoder = open_decoder(path, &packets.parameters(), false)?;
    let (frames, promised) = (packets.frames(), packets.promised_frames());
    let mut stream = Stream::open(
        path,
        Parts {
            packets: Box::new(packets),
            decoder,
            promised: Some(frames),
            is_exact: true,
            tolerance: 0,
            has_equal_packets: true,
            next_start: None,
        },
        go_on,
    )?;
    if promised > frames {
        stream.lose(frames, promised, LossReason::Truncated);
    }
    Ok(stream)
}

fn chained(
    path: &Path,
    mut readers: Vec<Box<dyn FrameReader>>,
    failure: Option<AudioError>,
) -> Result<Box<dyn FrameReader>, AudioError> {
    if readers.len() == 1
        && let Some(only) = readers.pop()
    {
        return Ok(only);
    }
    match Chain::new(readers)? {
        Some(chain) => Ok(Box::new(chain)),
        None => Err(failure.unwrap_or_else(|| AudioError::Empty { path: path.into() })),
    }
}
