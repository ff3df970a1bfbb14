//! Bytes of a day's rollup: little-endian numbers, each list behind its length. Written and read by this version only;
//! a row of another form is [`Unreadable`] and is computed again from the rows.

/// A stored day that this version cannot read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stored day of figures is not in the form that this version writes")]
pub struct Unreadable;

/// A fixed-size number.
pub(super) trait Number: Copy {
    /// Appends it.
    fn put(self, bytes: &mut Vec<u8>);
    /// Takes it from the front.
    fn take(bytes: &mut &[u8]) -> Result<Self, Unreadable>;
}

macro_rules! numbers {
    ($($kind:ty),+) => {$(
        impl Number for $kind {
            fn put(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }

            fn take(bytes: &mut &[u8]) -> Result<Self, Unreadable> {
                let (number, rest) = bytes.split_first_chunk().ok_or(Unreadable)?;
                *bytes = rest;
                Ok(Self::from_le_bytes(*number))
            }
        }
    )+};
}
numbers!(u16, u32, i64, u128, f64);

/// Appends a list.
pub(super) fn put_all<T: Number>(list: &[T], bytes: &mut Vec<u8>) {
    u32::try_from(list.len()).unwrap_or(u32::MAX).put(bytes);
    for number in list {
        number.put(bytes);
    }
}

/// Takes a list from the front.
pub(super) fn take_all<T: Number>(bytes: &mut &[u8]) -> Result<Box<[T]>, Unreadable> {
    let length = u32::take(bytes)? as usize;
    let size = length.checked_mul(size_of::<T>()).ok_or(Unreadable)?;
    let (mut list, rest) = bytes.split_at_checked(size).ok_or(Unreadable)?;
    *bytes = rest;
    (0..length).map(|_| T::take(&mut list)).collect()
}
