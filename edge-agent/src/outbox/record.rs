//! How a row is laid out in the store, so that every row can be checked, and found again even in a file that sled no longer opens.
//!
//! `QT` + kind + version, number, wall clock, lengths, CRC32C, key, payload. The number of a fact is its *row*: its place in this outbox,
//! given once and never reused (a sequence number is the row minus the base of the epoch). The number of a state row grows with every write,
//! so that of two copies found in a damaged file the newer is known.

/// Bytes before key and payload.
pub const HEADER: usize = 3 + 1 + 8 + 8 + 2 + 4 + 4;
/// Largest row that is written; sled moves larger values to files of their own, which would need their own care.
pub const MAX_RECORD: usize = 100_000;
const VERSION: u8 = 1;
const CRC_AT: usize = HEADER - 4;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A fact, as JSON.
    Fact,
    /// A small piece of state under a text key; without content, a piece of state that was deleted.
    State,
    /// Where the stream stands.
    Place,
}

impl Kind {
    const fn letter(self) -> u8 {
        match self {
            Self::Fact => b'f',
            Self::State => b's',
            Self::Place => b'p',
        }
    }

    const fn of(letter: u8) -> Option<Self> {
        match letter {
            b'f' => Some(Self::Fact),
            b's' => Some(Self::State),
            b'p' => Some(Self::Place),
            _ => None,
        }
    }
}

/// One row, borrowed from the bytes it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// What it is.
    pub kind: Kind,
    /// Row of a fact; write counter of a state row.
    pub number: u64,
    /// Wall clock of the write, milliseconds since 1970 UTC. Only retention and people look at it.
    pub written_ms: i64,
    /// Key of a state row; empty otherwise.
    pub key: &'a str,
    /// The content.
    pub payload: &'a [u8],
}

/// Why bytes are not a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Too short, or without the mark.
    #[error("not a row of the outbox")]
    NotARecord,
    /// Written by a newer agent.
    #[error("row layout {0} is newer than this agent")]
    Newer(u8),
    /// The checksum does not fit: the row is damaged.
    #[error("checksum does not fit")]
    Damaged,
}

impl<'a> Record<'a> {
    /// The row as bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + self.key.len() + self.payload.len());
        bytes.extend_from_slice(&[b'Q', b'T', self.kind.letter(), VERSION]);
        bytes.extend_from_slice(&self.number.to_be_bytes());
        bytes.extend_from_slice(&self.written_ms.to_be_bytes());
        // Keys and payloads are bounded by MAX_RECORD before they come here; a length that does not fit would fail its own check on reading.
        bytes.extend_from_slice(&u16::try_from(self.key.len()).unwrap_or(u16::MAX).to_be_bytes());
        bytes.extend_from_slice(&u32::try_from(self.payload.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(&[0; 4]);
        bytes.extend_from_slice(self.key.as_bytes());
        bytes.extend_from_slice(self.payload);
        let crc = checksum(&bytes);
        bytes[CRC_AT..HEADER].copy_from_slice(&crc.to_be_bytes());
        bytes
    }

    /// Reads a row that fills `bytes`.
    ///
    /// # Errors
    /// [`RecordError`] says what is wrong with it.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, RecordError> {
        let (record, length) = Self::decode_prefix(bytes)?;
        if length == bytes.len() { Ok(record) } else { Err(RecordError::Damaged) }
    }

    /// Reads a row at the beginning of `bytes` and says how long it is.
    fn decode_prefix(bytes: &'a [u8]) -> Result<(Self, usize), RecordError> {
        let header = bytes.get(..HEADER).ok_or(RecordError::NotARecord)?;
        let (b"QT", Some(kind)) = (&header[..2], Kind::of(header[2])) else { return Err(RecordError::NotARecord) };
        if header[3] > VERSION {
            return Err(RecordError::Newer(header[3]));
        }
        let number = u64::from_be_bytes(array(&header[4..12])?);
        let written_ms = i64::from_be_bytes(array(&header[12..20])?);
        let key_length = usize::from(u16::from_be_bytes(array(&header[20..22])?));
        let payload_length = u32::from_be_bytes(array(&header[22..26])?) as usize;
        let crc = u32::from_be_bytes(array(&header[CRC_AT..HEADER])?);
        let length = HEADER + key_length + payload_length;
        let whole = bytes.get(..length).filter(|_| length <= MAX_RECORD).ok_or(RecordError::Damaged)?;
        if checksum(whole) != crc {
            return Err(RecordError::Damaged);
        }
        let (key, payload) = whole[HEADER..].split_at(key_length);
        let key = std::str::from_utf8(key).map_err(|_| RecordError::Damaged)?;
        Ok((Self { kind, number, written_ms, key, payload }, length))
    }
}

/// Finds every whole row in bytes of any origin: the last means when the store itself cannot be opened.
pub fn carve(bytes: &[u8]) -> impl Iterator<Item = Record<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(found) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'Q')) {
            let start = at + found;
            if bytes.get(start + 1) != Some(&b'T') {
                at = start + 1;
                continue;
            }
            match Record::decode_prefix(&bytes[start..]) {
                Ok((record, length)) => {
                    at = start + length;
                    return Some(record);
                }
                Err(_) => at = start + 1,
            }
        }
        at = bytes.len();
        None
    })
}

/// Key of the place.
pub(super) const PLACE_KEY: &[u8] = b"p";

/// Key of a fact: in the order of rows.
pub(super) fn fact_key(row: u64) -> Vec<u8> {
    let mut key = Vec::with_capacity(9);
    key.push(b'f');
    key.extend_from_slice(&row.to_be_bytes());
    key
}

/// The row of a fact's key; 0, which is no row, for anything else.
pub(super) fn row_of(key: &[u8]) -> u64 {
    key.strip_prefix(b"f").and_then(|row| row.try_into().ok()).map_or(0, u64::from_be_bytes)
}

/// Key of a piece of state.
pub(super) fn state_key(key: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + key.len());
    bytes.push(b's');
    bytes.extend_from_slice(key.as_bytes());
    bytes
}

fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], RecordError> {
    bytes.try_into().map_err(|_| RecordError::NotARecord)
}

/// CRC32C over everything but the four bytes of the checksum itself.
fn checksum(bytes: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&bytes[..CRC_AT]), &bytes[HEADER..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(number: u64, payload: &[u8]) -> Vec<u8> {
        Record { kind: Kind::Fact, number, written_ms: 1_700_000_000_000, key: "", payload }.encode()
    }

    #[test]
    fn a_row_comes_back_as_it_was() {
        let bytes = Record { kind: Kind::State, number: 7, written_ms: -1, key: "station/a", payload: b"{}" }.encode();
        let read = Record::decode(&bytes).unwrap();
        assert_eq!((read.kind, read.number, read.written_ms, read.key, read.payload), (Kind::State, 7, -1, "station/a", &b"{}"[..]));
    }

    #[test]
    fn every_single_flipped_bit_is_noticed() {
        let whole = fact(42, br#"{"scan":"00"}"#);
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Record::decode(&bytes).is_err(), "bit {bit} flipped and not noticed");
        }
    }

    #[test]
    fn rows_are_found_in_rubbish() {
        let mut bytes = b"QTQTf rubbish QTf\x01".to_vec();
        bytes.extend(fact(1, b"one"));
        bytes.extend([0; 100]);
        let mut broken = fact(2, b"two");
        broken[HEADER] ^= 1;
        bytes.extend(broken);
        bytes.extend(fact(3, b"three"));
        bytes.extend(&fact(4, b"four")[..HEADER + 2]);
        assert_eq!(
            carve(&bytes).map(|r| (r.number, r.payload.to_vec())).collect::<Vec<_>>(),
            vec![(1, b"one".to_vec()), (3, b"three".to_vec())]
        );
    }
}
