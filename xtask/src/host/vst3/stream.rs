//! Bytes in memory as a stream of VST3.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;

use vst3::Steinberg::IBStream_::IStreamSeekMode_::{kIBSeekCur, kIBSeekEnd, kIBSeekSet};
use vst3::Steinberg::{
    IBStream, IBStreamTrait, int32, int64, kInvalidArgument, kResultOk, tresult,
};
use vst3::{Class, ComPtr, ComWrapper};

/// A stream that begins at its start.
pub struct Stream(ComWrapper<Bytes>);

struct Bytes {
    content: RefCell<Vec<u8>>,
    position: Cell<usize>,
}

impl Stream {
    pub fn of(content: Vec<u8>) -> Self {
        Self(ComWrapper::new(Bytes {
            content: RefCell::new(content),
            position: Cell::new(0),
        }))
    }

    /// What a plugin is given.
    pub fn pointer(&self) -> ComPtr<IBStream> {
        #[expect(clippy::expect_used, reason = "`Bytes` names this interface below")]
        self.0.to_com_ptr().expect("bytes are a stream")
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.0.content.take()
    }
}

impl Class for Bytes {
    type Interfaces = (IBStream,);
}

impl IBStreamTrait for Bytes {
    unsafe fn read(&self, buffer: *mut c_void, bytes: int32, read: *mut int32) -> tresult {
        let content = self.content.borrow();
        let rest = content.get(self.position.get()..).unwrap_or_default();
        let count = rest.len().min(usize::try_from(bytes).unwrap_or(0));
        // SAFETY: the caller gives a buffer of `bytes` bytes, and a place for the count or none.
        unsafe {
            std::ptr::copy_nonoverlapping(rest.as_ptr(), buffer.cast(), count);
            if let Some(read) = read.as_mut() {
                *read = int32::try_from(count).unwrap_or(int32::MAX);
            }
        }
        self.position.set(self.position.get() + count);
        kResultOk
    }

    unsafe fn write(&self, buffer: *mut c_void, bytes: int32, written: *mut int32) -> tresult {
        let count = usize::try_from(bytes).unwrap_or(0);
        let (mut content, start) = (self.content.borrow_mut(), self.position.get());
        let end = start + count;
        if content.len() < end {
            content.resize(end, 0);
        }
        // SAFETY: the caller gives a buffer of `bytes` bytes, and a place for the count or none.
        unsafe {
            std::ptr::copy_nonoverlapping(buffer.cast(), content[start..end].as_mut_ptr(), count);
            if let Some(written) = written.as_mut() {
                *written = bytes;
            }
        }
        self.position.set(end);
        kResultOk
    }

    unsafe fn seek(&self, position: int64, mode: int32, result: *mut int64) -> tresult {
        let from = match mode {
            mode if mode == kIBSeekSet as int32 => 0,
            mode if mode == kIBSeekCur as int32 => self.position.get(),
            mode if mode == kIBSeekEnd as int32 => self.content.borrow().len(),
            _ => return kInvalidArgument,
        };
        let wanted = int64::try_from(from)
            .unwrap_or(int64::MAX)
            .saturating_add(position);
        let Ok(wanted) = usize::try_from(wanted) else {
            return kInvalidArgument;
        };
        self.position.set(wanted);
        // SAFETY: the caller gives a place for the result or none.
        unsafe { self.tell(result) }
    }

    unsafe fn tell(&self, position: *mut int64) -> tresult {
        // SAFETY: the caller gives a place for the position or none.
        if let Some(position) = unsafe { position.as_mut() } {
            *position = int64::try_from(self.position.get()).unwrap_or(int64::MAX);
        }
        kResultOk
    }
}
