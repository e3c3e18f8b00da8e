//! A VST3 plugin asked and played through its factory, with no DAW around it: what it says of itself, whether sound passes
//! unchanged, and whether its state comes back.
//!
//! For systems on which no VST3 host can be driven by a script. Runs on the calling thread, which plays the part of the host's
//! main thread and of its audio thread. Nothing here knows Earmark.
#![allow(unsafe_code)] // VST3 is an interface of C++.

mod library;
mod sound;
mod stream;

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use vst3::ComPtr;
use vst3::Steinberg::Vst::{
    BusDirections_, BusInfo, IAudioProcessor, IComponent, IComponentTrait, IEditController,
    IEditControllerTrait, MediaTypes_, ParameterInfo, ViewType,
};
use vst3::Steinberg::{
    IBStream, IPlugView, IPlugViewTrait, IPluginBaseTrait, kPlatformTypeHWND, kPlatformTypeNSView,
    kPlatformTypeX11EmbedWindowID, kResultOk, kResultTrue, tresult,
};

use library::Library;
use stream::Stream;

/// What was found out about a plugin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vst3Report {
    /// The class that processes sound.
    pub name: String,
    pub parameters: Vec<String>,
    /// Busses for notes that go out.
    pub note_outputs: i32,
    /// Whether every sample came out as it went in, also in a block of no samples and in one of 8,192.
    pub passes_sound_unchanged: bool,
    pub state_bytes: usize,
    /// Whether the state that was saved last is the one that was loaded.
    pub keeps_its_state: bool,
    /// Whether its editor can open inside a window of this system.
    pub has_editor: bool,
}

/// Asks the only audio class of the VST3 library at `path`.
///
/// # Errors
/// If the library does not load, or the plugin refuses something that every plugin must do.
pub fn probe(path: &Path) -> Result<Vst3Report> {
    let library = Library::load(path)?;
    let report = ask(&library);
    // The library's own objects are gone by now.
    library.unload()?;
    report
}

fn ask(library: &Library) -> Result<Vst3Report> {
    let (name, component) = library.instantiate()?;
    let processor: ComPtr<IAudioProcessor> =
        component.cast().context("the class plays no sound")?;
    let controller: ComPtr<IEditController> = component
        .cast()
        .context("the class has no controller of its own")?;
    // SAFETY: the objects live to the end of this function; nothing else calls them.
    unsafe {
        check("initialize", component.initialize(std::ptr::null_mut()))?;
        let passes_sound_unchanged = sound::passes_unchanged(&component, &processor)?;
        let saved = save(&component)?;
        let stream = Stream::of(saved.clone());
        check("setState", component.setState(stream.pointer().as_ptr()))?;
        let report = Vst3Report {
            name,
            parameters: parameters(&controller)?,
            note_outputs: component
                .getBusCount(kind(MediaTypes_::kEvent), kind(BusDirections_::kOutput)),
            passes_sound_unchanged,
            state_bytes: saved.len(),
            keeps_its_state: save(&component)? == saved,
            has_editor: has_editor(&controller),
        };
        check("terminate", component.terminate())?;
        Ok(report)
    }
}

fn save(component: &ComPtr<IComponent>) -> Result<Vec<u8>> {
    let stream = Stream::of(Vec::new());
    let pointer: ComPtr<IBStream> = stream.pointer();
    // SAFETY: the stream lives to the end of the call.
    check("getState", unsafe { component.getState(pointer.as_ptr()) })?;
    Ok(stream.into_bytes())
}

fn parameters(controller: &ComPtr<IEditController>) -> Result<Vec<String>> {
    // SAFETY: `info` is writable, and a structure of numbers may be all zero.
    unsafe {
        (0..controller.getParameterCount())
            .map(|index| {
                let mut info: ParameterInfo = std::mem::zeroed();
                let told = controller.getParameterInfo(index, &mut info);
                check("getParameterInfo", told)?;
                let letters: Vec<u16> = info.title.to_vec();
                let end = letters.iter().position(|&unit| unit == 0);
                Ok(String::from_utf16_lossy(
                    &letters[..end.unwrap_or(letters.len())],
                ))
            })
            .collect()
    }
}

fn has_editor(controller: &ComPtr<IEditController>) -> bool {
    let platform = if cfg!(windows) {
        kPlatformTypeHWND
    } else if cfg!(target_os = "macos") {
        kPlatformTypeNSView
    } else {
        kPlatformTypeX11EmbedWindowID
    };
    // SAFETY: the view comes with a reference that is ours; the names end with a zero.
    unsafe {
        let view = ComPtr::<IPlugView>::from_raw(controller.createView(ViewType::kEditor));
        view.is_some_and(|view| view.isPlatformTypeSupported(platform) == kResultTrue)
    }
}

/// The number of busses of sound in a direction, and the first one's channels.
///
/// # Safety
/// The component is initialised.
unsafe fn channels(component: &ComPtr<IComponent>, direction: i32) -> Result<usize> {
    let media = kind(MediaTypes_::kAudio);
    // SAFETY: `bus` is writable, and a structure of numbers may be all zero.
    let bus = unsafe {
        let mut bus: BusInfo = std::mem::zeroed();
        check(
            "getBusInfo",
            component.getBusInfo(media, direction, 0, &mut bus),
        )?;
        bus
    };
    usize::try_from(bus.channelCount).context("a bus with fewer than no channels")
}

/// Enumerations have another type on Windows than the calls that take them.
#[allow(clippy::unnecessary_cast, reason = "not unnecessary on Windows")]
fn kind(number: vst3::Steinberg::Vst::MediaTypes) -> i32 {
    number as i32
}

fn check(call: &str, result: tresult) -> Result<()> {
    ensure!(
        result == kResultOk,
        "the plugin's {call} failed with {result}"
    );
    Ok(())
}
