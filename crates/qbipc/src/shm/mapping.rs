use std::ffi::c_void;
use std::io;
use std::marker::PhantomData;
use std::ops::Deref;
use std::os::fd::AsFd;
use std::ptr::{self, NonNull};
use std::sync::atomic::AtomicU32;

use rustix::mm::{self, MapFlags, ProtFlags};

/// A type that may be viewed in memory which other processes write at any time.
///
/// # Safety
///
/// It consists of atomics (and arrays and structs of them) and nothing else, has no padding whose
/// content would matter, and every bit pattern is valid for it.
pub(crate) unsafe trait Shared: Sync {}

// SAFETY: an atomic, for which every bit pattern is valid.
unsafe impl Shared for AtomicU32 {}

/// The start of a file, mapped shared and writable, as one `T`.
#[derive(Debug)]
pub(crate) struct Mapped<T: Shared> {
    region: Region,
    as_type: PhantomData<T>,
}

impl<T: Shared> Mapped<T> {
    /// Maps the first `size_of::<T>()` bytes of `file`.
    pub(crate) fn new(file: impl AsFd) -> io::Result<Self> {
        Ok(Self { region: Region::new(file, size_of::<T>())?, as_type: PhantomData })
    }
}

impl<T: Shared> Deref for Mapped<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY:
        // - The region is as long as a `T` (see `new`) and mapped for as long as it lives, which
        //   `self` has borrowed.
        // - It starts at a page, and no `T` here is aligned to more than that.
        // - Others may write it at any time, and any bit pattern may be in it: `T` is `Shared`.
        unsafe { self.region.start.cast::<T>().as_ref() }
    }
}

/// The start of a file, mapped shared and writable, as words.
#[derive(Debug)]
pub(crate) struct MappedWords {
    region: Region,
}

impl MappedWords {
    /// Maps the first `words` words of `file`.
    pub(crate) fn new(file: impl AsFd, words: usize) -> io::Result<Self> {
        let len = words.checked_mul(size_of::<AtomicU32>()).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(Self { region: Region::new(file, len)? })
    }
}

impl Deref for MappedWords {
    type Target = [AtomicU32];

    fn deref(&self) -> &[AtomicU32] {
        let words = self.region.len / size_of::<AtomicU32>();
        let start = self.region.start.cast::<AtomicU32>();
        // SAFETY:
        // - `words` words fit into the region, which is mapped for as long as it lives, and `self`
        //   has borrowed it.
        // - It starts at a page, so the words are aligned.
        // - Others may write it at any time, and any bit pattern may be in it: a word is `Shared`.
        unsafe { std::slice::from_raw_parts(start.as_ptr(), words) }
    }
}

/// Mapped memory, not yet viewed as anything.
#[derive(Debug)]
struct Region {
    /// Invariant: the start of `len` bytes, and of a page, that `new` mapped readable and writable
    /// and that nobody unmaps before `drop`.
    start: NonNull<c_void>,
    len: usize,
}

impl Region {
    fn new(file: impl AsFd, len: usize) -> io::Result<Self> {
        if len == 0 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let (prot, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED);
        // SAFETY: without MAP_FIXED and with no address given, the kernel chooses a place where
        // nothing else is mapped.
        let start = unsafe { mm::mmap(ptr::null_mut(), len, prot, flags, file, 0) }?;
        let start = NonNull::new(start).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { start, len })
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: this is what `new` mapped, and every reference into it has borrowed the owner.
        let unmapped = unsafe { mm::munmap(self.start.as_ptr(), self.len) };
        debug_assert!(unmapped.is_ok(), "{unmapped:?}");
    }
}

// SAFETY: a mapping belongs to the process, not to a thread, and may be unmapped from any.
unsafe impl Send for Region {}

// SAFETY: there is no access to the memory through a `&Region`; its owners view it as `Shared`
// types, which are `Sync`.
unsafe impl Sync for Region {}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::Relaxed;

    use rustix::fs::{MemfdFlags, ftruncate, memfd_create};

    use super::*;

    #[test]
    fn two_mappings_of_a_file_are_the_same_memory() {
        let file = memfd_create("test", MemfdFlags::CLOEXEC).unwrap();
        ftruncate(&file, 8192).unwrap();
        let words = MappedWords::new(&file, 2048).unwrap();
        let first = Mapped::<AtomicU32>::new(&file).unwrap();
        assert_eq!(words.len(), 2048);
        words[0].store(99, Relaxed);
        words[2047].store(1, Relaxed);
        assert_eq!(first.load(Relaxed), 99);
        drop(words);
        assert_eq!(first.load(Relaxed), 99);
    }

    #[test]
    fn nothing_and_too_much_are_errors() {
        let file = memfd_create("test", MemfdFlags::CLOEXEC).unwrap();
        assert!(MappedWords::new(&file, 0).is_err());
        assert!(MappedWords::new(&file, usize::MAX).is_err());
        assert!(MappedWords::new(&file, usize::MAX / 4).is_err());
    }
}
