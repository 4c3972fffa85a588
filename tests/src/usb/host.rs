//! The host controller: transfers that a program submits through usbfs, and the device that takes and answers them.
//!
//! umockdev's library turns each `ioctl` on a device's node into a question on a socket (`remote_emulate` in its libumockdev-preload.c): the server
//! may read and write the program's memory before it answers. On top of that stands usbfs as the kernel documents it (`linux/usbdevice_fs.h`).

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};

use super::gadget::{Gadget, Setup};
use super::tree::{Placed, Tree};

/// Words of umockdev's library.
mod word {
    pub const IOCTL: u64 = 1;
    pub const DONE: u64 = 3;
    pub const READ_MEMORY: u64 = 5;
    pub const WRITE_MEMORY: u64 = 6;
}

/// Numbers of usbfs's requests, without direction and size.
mod request {
    pub const SET_INTERFACE: u64 = 4;
    pub const SET_CONFIGURATION: u64 = 5;
    pub const GET_DRIVER: u64 = 8;
    pub const SUBMIT: u64 = 10;
    pub const DISCARD: u64 = 11;
    pub const REAP_NO_DELAY: u64 = 13;
    pub const CLAIM: u64 = 15;
    pub const RELEASE: u64 = 16;
    pub const TO_DRIVER: u64 = 18;
    pub const RESET: u64 = 20;
    pub const CLEAR_HALT: u64 = 21;
    pub const DISCONNECT: u64 = 22;
    pub const CONNECT: u64 = 23;
    pub const CAPABILITIES: u64 = 26;
}

/// Zero packets, transfers of any size in one piece, and finished ones can be had after the plug was pulled.
const CAPABILITIES: u32 = 0x01 | 0x04 | 0x10;
const CONTROL: u8 = 2;

/// A transfer of the program.
struct Transfer {
    address: u64,
    kind: u8,
    endpoint: u8,
    buffer: u64,
    length: usize,
    /// What goes to the device.
    out: Vec<u8>,
    /// What came from the device.
    answer: Vec<u8>,
    /// Bytes that went over the wire so far.
    moved: usize,
    status: i32,
}

#[derive(Default)]
struct Program {
    waiting: Vec<Transfer>,
    ended: VecDeque<Transfer>,
}

struct State<G> {
    gadget: G,
    programs: BTreeMap<u64, Program>,
    claimed_by: Option<u64>,
    bound: bool,
    gone: bool,
    bell: File,
    rings: bool,
}

pub(super) struct Host<G> {
    tree: Arc<Tree>,
    device: Placed,
    state: Mutex<State<G>>,
}

impl<G: Gadget> Host<G> {
    pub fn start(tree: Arc<Tree>, device: Placed, gadget: G) -> io::Result<Arc<Self>> {
        let mut bell = File::options().read(true).write(true).open(&device.node)?;
        // One page and one byte in it: the pipe is full, so nobody is told that it can be written to.
        fcntl(bell.as_fd(), FcntlArg::F_SETPIPE_SZ(4096))?;
        bell.write_all(&[0])?;
        let listener = UnixListener::bind(&device.socket)?;
        let bound = device.identity.driver.is_some();
        tree.show_driver(&device, bound)?;
        let state = State { gadget, programs: BTreeMap::new(), claimed_by: None, bound, gone: false, bell, rings: false };
        let host = Arc::new(Self { tree, device, state: Mutex::new(state) });
        let serving = host.clone();
        // Lives as long as the test's process; one more parked thread each time a device is plugged in.
        std::thread::spawn(move || {
            for (id, program) in listener.incoming().flatten().enumerate() {
                let host = serving.clone();
                std::thread::spawn(move || host.serve(id as u64, program));
            }
        });
        Ok(host)
    }

    pub fn device(&self) -> &Placed {
        &self.device
    }

    pub fn at<T>(&self, act: impl FnOnce(&mut G) -> T) -> T {
        let mut state = self.lock();
        let done = act(&mut state.gadget);
        state.go_on();
        done
    }

    pub fn driver_bound(&self) -> bool {
        self.lock().bound
    }

    pub fn is_listened_to(&self) -> bool {
        self.lock().programs.values().any(|program| program.waiting.iter().any(|transfer| transfer.endpoint & 0x80 != 0))
    }

    pub fn pull(&self) {
        let mut state = self.lock();
        state.gone = true;
        for program in state.programs.values_mut() {
            for mut transfer in program.waiting.drain(..) {
                // What a host controller says of a transfer whose device has just gone.
                transfer.status = -(Errno::EPROTO as i32);
                program.ended.push_back(transfer);
            }
        }
        state.ring();
    }

    fn lock(&self) -> MutexGuard<'_, State<G>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, id: u64, stream: UnixStream) {
        let mut memory = Memory { stream };
        self.lock().programs.insert(id, Program::default());
        while let Ok([asked, number, argument]) = memory.question() {
            let answer = if asked == word::IOCTL { self.ioctl(id, number & 0xFF, argument, &mut memory) } else { Ok(Err(Errno::EINVAL)) };
            // A program that ended in between needs no answer.
            let Ok(answer) = answer else { break };
            let said = match answer {
                Ok(value) => memory.say([word::DONE, value, 0]),
                Err(errno) => memory.say([word::DONE, u64::MAX, errno as u64]),
            };
            if said.is_err() {
                break;
            }
        }
        let mut state = self.lock();
        state.programs.remove(&id);
        if state.claimed_by == Some(id) {
            // The kernel takes the interface back, but does not bind its driver again.
            state.claimed_by = None;
        }
    }

    /// The outer error is the program's end, the inner one what it is told.
    fn ioctl(&self, id: u64, number: u64, argument: u64, memory: &mut Memory) -> io::Result<Result<u64, Errno>> {
        if number == request::REAP_NO_DELAY {
            return self.reap(id, argument, memory);
        }
        if self.lock().gone {
            return Ok(Err(Errno::ENODEV));
        }
        match number {
            request::CAPABILITIES => memory.write(argument, &CAPABILITIES.to_ne_bytes()).map(|()| Ok(0)),
            request::SET_INTERFACE | request::SET_CONFIGURATION | request::RESET | request::CLEAR_HALT => Ok(Ok(0)),
            request::GET_DRIVER => {
                let state = self.lock();
                let driver = if state.claimed_by.is_some() { Some("usbfs") } else { self.device.identity.driver.filter(|_| state.bound) };
                drop(state);
                match driver {
                    Some(name) => memory.write(argument + 4, format!("{name}\0").as_bytes()).map(|()| Ok(0)),
                    None => Ok(Err(Errno::ENODATA)),
                }
            }
            request::TO_DRIVER => {
                let code = memory.read(argument + 4, 4)?;
                Ok(self.drive(u64::from(code[0])))
            }
            request::CLAIM => {
                let mut state = self.lock();
                if state.bound || state.claimed_by.is_some_and(|other| other != id) {
                    return Ok(Err(Errno::EBUSY));
                }
                state.claimed_by = Some(id);
                Ok(Ok(0))
            }
            request::RELEASE => {
                let mut state = self.lock();
                state.claimed_by = state.claimed_by.filter(|other| *other != id);
                Ok(Ok(0))
            }
            request::SUBMIT => {
                let transfer = memory.transfer(argument)?;
                let mut state = self.lock();
                let Some(program) = state.programs.get_mut(&id) else { return Ok(Err(Errno::ENODEV)) };
                program.waiting.push(transfer);
                state.go_on();
                Ok(Ok(0))
            }
            request::DISCARD => Ok(self.lock().discard(id, argument)),
            _ => Ok(Err(Errno::ENOTTY)),
        }
    }

    /// Takes the interface from the kernel's driver, or gives it back.
    fn drive(&self, code: u64) -> Result<u64, Errno> {
        let mut state = self.lock();
        let bind = match code {
            request::DISCONNECT if state.bound => false,
            request::CONNECT if !state.bound && self.device.identity.driver.is_some() => true,
            request::DISCONNECT | request::CONNECT => return Err(Errno::ENODATA),
            _ => return Err(Errno::ENOTTY),
        };
        state.bound = bind;
        self.tree.show_driver(&self.device, bind).map_err(|_| Errno::EIO)?;
        Ok(u64::from(bind))
    }

    fn reap(&self, id: u64, argument: u64, memory: &mut Memory) -> io::Result<Result<u64, Errno>> {
        let ended = {
            let mut state = self.lock();
            let ended = state.programs.get_mut(&id).and_then(|program| program.ended.pop_front());
            state.ring();
            match ended {
                Some(ended) => ended,
                None if state.gone => return Ok(Err(Errno::ENODEV)),
                None => return Ok(Err(Errno::EAGAIN)),
            }
        };
        if !ended.answer.is_empty() {
            // The setup packet stands in front of a control transfer's data.
            let skip = if ended.kind == CONTROL { 8 } else { 0 };
            memory.write(ended.buffer + skip, &ended.answer)?;
        }
        let moved = i32::try_from(ended.moved).unwrap_or(i32::MAX);
        memory.write(ended.address + 4, &ended.status.to_ne_bytes())?;
        memory.write(ended.address + 28, &moved.to_ne_bytes())?;
        memory.write(argument, &ended.address.to_ne_bytes())?;
        Ok(Ok(0))
    }
}

impl<G: Gadget> State<G> {
    /// Lets every transfer go as far as the device goes with it.
    fn go_on(&mut self) {
        let Self { gadget, programs, gone, .. } = self;
        for program in programs.values_mut().filter(|_| !*gone) {
            for mut transfer in std::mem::take(&mut program.waiting) {
                if transfer.advance(gadget) { program.ended.push_back(transfer) } else { program.waiting.push(transfer) }
            }
        }
        self.ring();
    }

    fn discard(&mut self, id: u64, address: u64) -> Result<u64, Errno> {
        let program = self.programs.get_mut(&id).ok_or(Errno::ENODEV)?;
        let at = program.waiting.iter().position(|transfer| transfer.address == address).ok_or(Errno::EINVAL)?;
        let mut transfer = program.waiting.remove(at);
        transfer.status = -(Errno::ENOENT as i32);
        program.ended.push_back(transfer);
        self.ring();
        Ok(0)
    }

    /// Makes the node one that can be written to exactly while a transfer waits to be fetched.
    fn ring(&mut self) {
        let wanted = self.programs.values().any(|program| !program.ended.is_empty());
        if wanted == self.rings {
            return;
        }
        let mut byte = [0];
        let done = if wanted { self.bell.read_exact(&mut byte) } else { self.bell.write_all(&byte) };
        if done.is_ok() {
            self.rings = wanted;
        }
    }
}

impl Transfer {
    /// Whether it has ended.
    fn advance(&mut self, gadget: &mut impl Gadget) -> bool {
        if self.kind == CONTROL {
            let (setup, data) = self.out.split_at(8);
            match gadget.control(&Setup::read(setup), data) {
                Some(mut answer) => {
                    answer.truncate(self.length.saturating_sub(8));
                    self.moved = if setup[0] & 0x80 == 0 { data.len() } else { answer.len() };
                    self.answer = answer;
                }
                None => self.status = -(Errno::EPIPE as i32),
            }
            return true;
        }
        if self.endpoint & 0x80 == 0 {
            self.moved += gadget.take(self.endpoint, &self.out[self.moved..]).min(self.out.len() - self.moved);
            return self.moved == self.out.len();
        }
        let Some(mut answer) = gadget.give(self.endpoint) else { return false };
        answer.truncate(self.length);
        self.moved = answer.len();
        self.answer = answer;
        true
    }
}

/// The program's memory, as far as it lets us.
struct Memory {
    stream: UnixStream,
}

impl Memory {
    fn question(&mut self) -> io::Result<[u64; 3]> {
        let mut bytes = [0; 24];
        self.stream.read_exact(&mut bytes)?;
        Ok([number(&bytes[..8]), number(&bytes[8..16]), number(&bytes[16..])])
    }

    fn say(&mut self, words: [u64; 3]) -> io::Result<()> {
        self.stream.write_all(&words.map(u64::to_ne_bytes).concat())
    }

    fn read(&mut self, address: u64, length: usize) -> io::Result<Vec<u8>> {
        self.say([word::READ_MEMORY, address, length as u64])?;
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn write(&mut self, address: u64, bytes: &[u8]) -> io::Result<()> {
        self.say([word::WRITE_MEMORY, address, bytes.len() as u64])?;
        self.stream.write_all(bytes)
    }

    /// Reads a `struct usbdevfs_urb` (of a 64-bit kernel) and what it sends.
    fn transfer(&mut self, address: u64) -> io::Result<Transfer> {
        let urb = self.read(address, 56)?;
        let (kind, endpoint, buffer) = (urb[0], urb[1], number(&urb[16..24]));
        let length = usize::try_from(u32::from_ne_bytes([urb[24], urb[25], urb[26], urb[27]])).unwrap_or(0);
        // A control transfer says its direction in the setup packet, at the beginning of what it sends.
        let sends = endpoint & 0x80 == 0 && length > 0;
        let out = if sends { self.read(buffer, length)? } else { Vec::new() };
        Ok(Transfer { address, kind, endpoint, buffer, length, out, answer: Vec::new(), moved: 0, status: 0 })
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_ne_bytes)
}
