//! What one instance has of its host: whether audio is recorded, its meter, the mark buttons, and what they mean.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use crate::capture::CaptureMeter;
use crate::output::{Found, OutputFeed};
use crate::time::{SampleRate, Span};
use crate::trigger::{Press, TriggerReader};

/// The engine's end of the mark buttons, and what was pressed.
struct MarkButtons {
    reader: TriggerReader,
    /// What positions are counted in.
    rate: SampleRate,
    /// Kept while the database cannot be read.
    presses: VecDeque<Press>,
}

#[derive(Default)]
pub(in crate::engine::coordinator) struct HostLine {
    is_connected: bool,
    /// Of the present capture line.
    meter: Option<Arc<CaptureMeter>>,
    buttons: Option<MarkButtons>,
    /// What was found goes here, in samples of this rate.
    output: Option<(OutputFeed, SampleRate)>,
    /// Recording and span of the region that was selected or auditioned last.
    pointed_at: Option<(String, Span)>,
    /// What a mark button confirms as; empty until the user named a class.
    mark_class: String,
}

impl HostLine {
    pub fn connect(&mut self, meter: Arc<CaptureMeter>) {
        self.is_connected = true;
        self.meter = Some(meter);
    }

    pub fn is_connected(&self) -> bool {
        self.is_connected
    }

    pub fn connect_buttons(&mut self, reader: TriggerReader, rate: SampleRate) {
        self.buttons = Some(MarkButtons {
            reader,
            rate,
            presses: VecDeque::new(),
        });
    }

    /// The host has let go of the instance.
    pub fn let_go(&mut self) {
        self.buttons = None;
        self.output = None;
    }

    pub fn connect_output(&mut self, feed: OutputFeed, rate: SampleRate) {
        self.output = Some((feed, rate));
    }

    /// The rate of the line if its audio thread needs to know what was found. Frees what came back from it.
    pub fn wanted_output(&mut self) -> Option<SampleRate> {
        let (feed, rate) = self.output.as_mut()?;
        feed.go_on();
        feed.is_wanted().then_some(*rate)
    }

    /// Whether the audio thread needs to know what was found.
    pub fn is_output_wanted(&self) -> bool {
        let feed = self.output.as_ref();
        feed.is_some_and(|(feed, _)| feed.is_wanted())
    }

    /// Tells the audio thread what was found.
    pub fn send_found(&mut self, found: Found) {
        if let Some((feed, _)) = &mut self.output {
            feed.send(found);
        }
    }

    /// The value of the host's threshold parameter, if it was ever set.
    pub fn threshold(&self) -> Option<f32> {
        self.buttons.as_ref()?.reader.threshold()
    }

    pub fn has_buttons(&self) -> bool {
        self.buttons.is_some()
    }

    /// Whether the host plays through this instance.
    pub fn is_rolling(&self) -> bool {
        self.has_buttons() && self.meter.as_ref().is_some_and(|meter| meter.is_rolling())
    }

    /// Whether a button waits to be looked at.
    pub fn is_pressed(&self) -> bool {
        let buttons = self.buttons.as_ref();
        buttons.is_some_and(|it| it.reader.is_waiting() || !it.presses.is_empty())
    }

    /// Takes what was pressed since the last look; whether anything waits to be carried out.
    pub fn look_at_buttons(&mut self, now: Instant) -> bool {
        let Some(buttons) = &mut self.buttons else {
            return false;
        };
        buttons.reader.take(now, &mut buttons.presses);
        !buttons.presses.is_empty()
    }

    /// The oldest press that was not carried out, and what its position is counted in.
    pub fn next_press(&self) -> Option<(Press, SampleRate)> {
        let buttons = self.buttons.as_ref()?;
        Some((*buttons.presses.front()?, buttons.rate))
    }

    pub fn forget_press(&mut self) {
        if let Some(buttons) = &mut self.buttons {
            buttons.presses.pop_front();
        }
    }

    pub fn pointed_at(&self) -> Option<&(String, Span)> {
        self.pointed_at.as_ref()
    }

    pub fn point_at(&mut self, filename: String, span: Span) {
        self.pointed_at = Some((filename, span));
    }

    pub fn point_at_nothing(&mut self) {
        self.pointed_at = None;
    }

    pub fn mark_class(&self) -> &str {
        &self.mark_class
    }

    pub fn set_mark_class(&mut self, class: String) {
        self.mark_class = class;
    }
}
