//! Recordings that stand one behind the other in a file, read as one. Worker threads only.
//!
//! The first says the sample rate and the channels of the whole; what differs is converted, and told.

use super::loss::{LossList, LossReason};
use super::reader::{Form, FrameReader};
use super::resample::Converter;
use super::source::inside;
use super::stream::fit_channels;
use super::{AudioError, SampleSource};
use crate::time::SampleRate;

/// One recording in its place.
struct Link {
    start: u64,
    frames: u64,
    reader: Box<dyn FrameReader>,
    /// One for each channel, where the rate differs.
    converters: Vec<Converter>,
}

/// Several recordings read as one.
pub(super) struct Chain {
    form: Form,
    links: Vec<Link>,
    losses: LossList,
}

impl Chain {
    /// Puts `readers` behind each other; `None` without any.
    pub fn new(readers: Vec<Box<dyn FrameReader>>) -> Result<Option<Self>, AudioError> {
        let Some(first) = readers.first() else {
            return Ok(None);
        };
        let Form { rate, channels, .. } = first.form();
        let mut chain = Self {
            form: Form {
                rate,
                channels,
                frames: 0,
            },
            links: Vec::with_capacity(readers.len()),
            losses: LossList::default(),
        };
        for reader in readers {
            let differs = reader.rate() != rate;
            let frames = if differs {
                let wide = u128::from(reader.frames()) * u128::from(rate.hz());
                u64::try_from(wide / u128::from(reader.rate().hz())).unwrap_or(u64::MAX)
            } else {
                reader.frames()
            };
            let start = chain.form.frames;
            let end = start.saturating_add(frames);
            let converters = (0..if differs { reader.channels() } else { 0 })
                .map(|_| Converter::new(reader.rate(), rate))
                .collect::<Result<_, _>>()?;
            if differs {
                let hz = reader.rate().hz();
                chain.losses.add(start, end, LossReason::OtherRate { hz });
            }
            if reader.channels() != channels {
                let channels = reader.channels();
                chain
                    .losses
                    .add(start, end, LossReason::OtherChannels { channels });
            }
            chain.links.push(Link {
                start,
                frames,
                reader,
                converters,
            });
            chain.form.frames = end;
        }
        chain.gather_losses();
        Ok(Some(chain))
    }

    fn gather_losses(&mut self) {
        for link in &self.links {
            let scale = f64::from(self.form.rate.hz()) / f64::from(link.reader.rate().hz());
            let place = |frame: u64| link.start + (frame as f64 * scale).round() as u64;
            for &(start, end, reason) in link.reader.losses().frames() {
                self.losses.add(place(start), place(end), reason);
            }
        }
    }
}

impl FrameReader for Chain {
    fn form(&self) -> Form {
        self.form
    }

    fn read_frames(
        &mut self,
        start: u64,
        count: usize,
        interleaved: &mut Vec<f32>,
    ) -> Result<(), AudioError> {
        let channels = usize::from(self.form.channels);
        let target = interleaved.len() + count * channels;
        let end = start.saturating_add(count as u64).min(self.form.frames);
        let mut at = start;
        let mut samples = Vec::new();
        while at < end {
            let behind = self.links.partition_point(|link| link.start <= at);
            let Some(link) = self.links.get_mut(behind.saturating_sub(1)) else {
                break;
            };
            let some = end.min(link.start + link.frames) - at;
            if some == 0 {
                break;
            }
            samples.clear();
            link.read(
                at - link.start,
                usize::try_from(some).unwrap_or(usize::MAX),
                &mut samples,
            )?;
            let has = usize::from(link.reader.channels());
            if has == channels {
                interleaved.extend_from_slice(&samples);
            } else {
                interleaved.extend(fit_channels(&samples, has, channels));
            }
            at += some;
        }
        interleaved.resize(target, 0.0);
        self.gather_losses();
        Ok(())
    }

    fn losses(&self) -> &LossList {
        &self.losses
    }
}

impl Link {
    fn read(&mut self, start: u64, count: usize, out: &mut Vec<f32>) -> Result<(), AudioError> {
        if self.converters.is_empty() {
            return self.reader.read_frames(start, count, out);
        }
        let channels = self.converters.len();
        out.resize(count * channels, 0.0);
        let mut samples = vec![0.0; count];
        let start = i64::try_from(start).unwrap_or(i64::MAX);
        for (channel, converter) in self.converters.iter_mut().enumerate() {
            let mut view = ChannelView {
                reader: self.reader.as_mut(),
                channel,
                interleaved: Vec::new(),
            };
            converter.read(&mut view, start, &mut samples)?;
            let places = out.iter_mut().skip(channel).step_by(channels);
            places
                .zip(&samples)
                .for_each(|(place, &sample)| *place = sample);
        }
        Ok(())
    }
}

/// One channel of a reader that is used by others too.
struct ChannelView<'a> {
    reader: &'a mut dyn FrameReader,
    channel: usize,
    interleaved: Vec<f32>,
}

impl SampleSource for ChannelView<'_> {
    fn rate(&self) -> SampleRate {
        self.reader.rate()
    }

    fn frames(&self) -> u64 {
        self.reader.frames()
    }

    fn read_mono(&mut self, start: i64, out: &mut [f32]) -> Result<(), AudioError> {
        if let Some((from, part)) = inside(start, self.frames(), out) {
            self.interleaved.clear();
            self.reader
                .read_frames(from, part.len(), &mut self.interleaved)?;
            let channels = usize::from(self.reader.channels());
            let samples = self.interleaved.iter().skip(self.channel).step_by(channels);
            part.iter_mut()
                .zip(samples)
                .for_each(|(place, &sample)| *place = sample);
        }
        Ok(())
    }
}
