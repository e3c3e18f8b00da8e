//! Sound through a VST3 plugin, block by block under a running transport.

use anyhow::{Result, ensure};
use vst3::ComPtr;
use vst3::Steinberg::Vst::ProcessContext_::StatesAndFlags_::{
    kPlaying, kProjectTimeMusicValid, kTempoValid,
};
use vst3::Steinberg::Vst::{
    AudioBusBuffers, AudioBusBuffers__type0, BusDirections_, IAudioProcessor, IAudioProcessorTrait,
    IComponent, IComponentTrait, MediaTypes_, ProcessContext, ProcessData, ProcessModes_,
    ProcessSetup, SymbolicSampleSizes_,
};

use super::{channels, check, kind};

const RATE_HZ: f64 = 48_000.0;
const LONGEST: i32 = 8_192;
/// Frames of each block. A block of none carries parameters only.
const BLOCKS: [usize; 9] = [512, 1, 0, 64, 511, 8_192, 1_024, 37, 4_096];

/// Whether noise comes out as it went in, at the default of every parameter.
pub fn passes_unchanged(
    component: &ComPtr<IComponent>,
    processor: &ComPtr<IAudioProcessor>,
) -> Result<bool> {
    let (input, output) = (kind(BusDirections_::kInput), kind(BusDirections_::kOutput));
    let media = kind(MediaTypes_::kAudio);
    let mut setup = ProcessSetup {
        processMode: kind(ProcessModes_::kRealtime),
        symbolicSampleSize: kind(SymbolicSampleSizes_::kSample32),
        maxSamplesPerBlock: LONGEST,
        sampleRate: RATE_HZ,
    };
    // SAFETY: the component is initialised, and this is the order of calls that VST3 prescribes.
    unsafe {
        let count = channels(component, input)?;
        ensure!(
            count == channels(component, output)?,
            "as many channels come out as go in"
        );
        check("setupProcessing", processor.setupProcessing(&mut setup))?;
        for direction in [input, output] {
            check("activateBus", component.activateBus(media, direction, 0, 1))?;
        }
        check("setActive", component.setActive(1))?;
        // A plugin need not care.
        processor.setProcessing(1);
        let unchanged = play(processor, count);
        processor.setProcessing(0);
        check("setActive", component.setActive(0))?;
        unchanged
    }
}

fn play(processor: &ComPtr<IAudioProcessor>, count: usize) -> Result<bool> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut position = 0;
    let mut unchanged = true;
    for frames in BLOCKS {
        let mut channel = || (0..frames).map(|_| random.f32() * 2.0 - 1.0).collect();
        let sent: Vec<Vec<f32>> = (0..count).map(|_| channel()).collect();
        let heard = process(processor, sent.clone(), position)?;
        let bits = |channels: &[Vec<f32>]| -> Vec<u32> {
            channels
                .iter()
                .flatten()
                .map(|sample| sample.to_bits())
                .collect()
        };
        unchanged &= bits(&sent) == bits(&heard);
        position += frames;
    }
    Ok(unchanged)
}

/// What comes out of one block.
fn process(
    processor: &ComPtr<IAudioProcessor>,
    mut sent: Vec<Vec<f32>>,
    position: usize,
) -> Result<Vec<Vec<f32>>> {
    let frames = sent.first().map_or(0, Vec::len);
    let mut heard = vec![vec![0.0_f32; frames]; sent.len()];
    let pointers = |channels: &mut [Vec<f32>]| -> Vec<*mut f32> {
        channels.iter_mut().map(Vec::as_mut_ptr).collect()
    };
    let (mut sources, mut targets) = (pointers(&mut sent), pointers(&mut heard));
    let bus = |channels: &mut [*mut f32]| -> Result<AudioBusBuffers> {
        Ok(AudioBusBuffers {
            numChannels: i32::try_from(channels.len())?,
            silenceFlags: 0,
            __field0: AudioBusBuffers__type0 {
                channelBuffers32: channels.as_mut_ptr(),
            },
        })
    };
    let (mut source, mut target) = (bus(&mut sources)?, bus(&mut targets)?);
    // SAFETY: a structure of numbers may be all zero.
    let mut context: ProcessContext = unsafe { std::mem::zeroed() };
    context.state = kind(kPlaying | kTempoValid | kProjectTimeMusicValid).cast_unsigned();
    context.sampleRate = RATE_HZ;
    context.tempo = 120.0;
    context.projectTimeSamples = i64::try_from(position)?;
    context.projectTimeMusic = position as f64 / RATE_HZ * 2.0;
    // SAFETY: as above; null pointers say that there are no parameters and no events.
    let mut data: ProcessData = unsafe { std::mem::zeroed() };
    data.processMode = kind(ProcessModes_::kRealtime);
    data.symbolicSampleSize = kind(SymbolicSampleSizes_::kSample32);
    data.numSamples = i32::try_from(frames)?;
    (data.numInputs, data.numOutputs) = (1, 1);
    (data.inputs, data.outputs) = (&raw mut source, &raw mut target);
    data.processContext = &raw mut context;
    // SAFETY: every pointer in `data` is to something that lives to the end of the call.
    check("process", unsafe { processor.process(&mut data) })?;
    Ok(heard)
}
