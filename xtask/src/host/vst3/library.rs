//! A VST3 library in memory, and instances of what it holds.

use std::ffi::c_void;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use vst3::Steinberg::Vst::IComponent;
use vst3::Steinberg::{IPluginFactory, IPluginFactoryTrait, PClassInfo};
use vst3::{ComPtr, Interface as _};

use super::check;

/// The category of what plays sound, as VST3 calls it.
const AUDIO: &str = "Audio Module Class";

type Factory = unsafe extern "system" fn() -> *mut IPluginFactory;
#[cfg(windows)]
type Entry = unsafe extern "system" fn() -> bool;
#[cfg(not(windows))]
type Entry = unsafe extern "C" fn(*mut c_void) -> bool;
type Exit = unsafe extern "system" fn() -> bool;

#[cfg(windows)]
const NAMES: (&[u8], &[u8]) = (b"InitDll", b"ExitDll");
#[cfg(target_os = "macos")]
const NAMES: (&[u8], &[u8]) = (b"bundleEntry", b"bundleExit");
#[cfg(not(any(windows, target_os = "macos")))]
const NAMES: (&[u8], &[u8]) = (b"ModuleEntry", b"ModuleExit");

/// A loaded library whose entry was called.
pub struct Library {
    library: libloading::Library,
}

impl Library {
    pub fn load(path: &Path) -> Result<Self> {
        let told = || format!("{} does not load as a VST3 plugin", path.display());
        // SAFETY: loading a library runs its code; the caller names a plugin it trusts as much as its own.
        let library = unsafe { libloading::Library::new(path) }.with_context(told)?;
        // SAFETY: VST3 gives these functions these types.
        let entered = unsafe {
            let entry = library.get::<Entry>(NAMES.0).with_context(told)?;
            #[cfg(windows)]
            let entered = entry();
            #[cfg(not(windows))]
            let entered = entry(std::ptr::null_mut());
            entered
        };
        ensure!(entered, "{}: its entry refused", told());
        Ok(Self { library })
    }

    /// An instance of the only class that plays sound, with its name.
    pub fn instantiate(&self) -> Result<(String, ComPtr<IComponent>)> {
        // SAFETY: VST3 gives this function this type; the factory comes with a reference that is ours. `info` is writable, and a
        // structure of numbers may be all zero.
        unsafe {
            let factory = self.library.get::<Factory>(b"GetPluginFactory")?;
            let factory = ComPtr::from_raw(factory()).context("there is no factory")?;
            let mut classes = Vec::new();
            for index in 0..factory.countClasses() {
                let mut info: PClassInfo = std::mem::zeroed();
                check("getClassInfo", factory.getClassInfo(index, &mut info))?;
                if text(&info.category) == AUDIO {
                    classes.push(info);
                }
            }
            let [class] = classes.as_slice() else {
                anyhow::bail!("the library holds {} audio classes", classes.len());
            };
            let mut object: *mut c_void = std::ptr::null_mut();
            let (class_id, interface) = (class.cid.as_ptr(), IComponent::IID.as_ptr());
            let made = factory.createInstance(class_id, interface.cast(), &mut object);
            check("createInstance", made)?;
            let component = ComPtr::from_raw(object.cast()).context("there is no instance")?;
            Ok((text(&class.name), component))
        }
    }

    /// Calls the library's exit and unloads it. No instance is left by then.
    pub fn unload(self) -> Result<()> {
        // SAFETY: VST3 gives this function this type.
        let left = unsafe { self.library.get::<Exit>(NAMES.1)?() };
        ensure!(left, "the library's exit refused");
        Ok(self.library.close()?)
    }
}

/// What stands before the zero.
fn text(letters: &[std::ffi::c_char]) -> String {
    let bytes: Vec<u8> = letters
        .iter()
        .take_while(|&&letter| letter != 0)
        .map(|&letter| letter as u8)
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}
