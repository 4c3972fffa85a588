//! What must hold of any bytes that arrive from a broker: no panic, no more memory than the bytes deserve, and what is understood can be said
//! again. Understood messages are also handed to the machines of the stream.

use qitao_domain::ids::{Epoch, Seq};
use qitao_domain::protocol::{Down, MAX_MESSAGE, Up, decode_down, decode_up, encode, envelope, scan_of};
use qitao_domain::stream::Place;
use qitao_domain::stream::receiver::{Door, Stream};
use qitao_domain::stream::sender::{Action, Input, Sender, Timing};

/// Opens, reads, writes again, and lets the stream decide about it.
///
/// # Panics
/// When something does not hold.
pub fn hear_anything(data: &[u8]) {
    let json = match envelope::open(data) {
        Ok((signature, json)) => {
            assert_eq!(envelope::seal(&signature, json), data, "an envelope and back");
            json
        }
        Err(_) => data,
    };
    if let Ok(up) = decode_up(json) {
        if let Ok(again) = encode(&up) {
            assert_eq!(decode_up(&again).as_ref(), Ok(&up), "a message and back");
        }
        let mut fresh = Stream::default();
        let mut used = Stream { epoch: Epoch(2), committed: Seq(5), link: 1, session: 3, fingerprint: "aa".into(), ..Stream::default() };
        for stream in [&mut fresh, &mut used] {
            receive(stream, &up);
        }
    } else if let Ok(down) = decode_down(json) {
        if let Ok(again) = encode(&down) {
            assert_eq!(decode_down(&again).as_ref(), Ok(&down), "a message and back");
        }
        send(&down);
    }
    assert!(json.len() <= MAX_MESSAGE || decode_up(json).is_err());
}

fn receive(stream: &mut Stream, up: &Up) {
    let door = Door { disabled: false, window: 1024, now_ms: 0, random: 1 };
    match up {
        Up::Hello(hello) => {
            stream.hello(hello, door);
            assert!(stream.committed < Seq(u64::MAX));
            stream.hello(hello, door);
        }
        Up::Batch(batch) => {
            let mut batch = batch.clone();
            batch.link = stream.link;
            batch.epoch = stream.epoch;
            let before = stream.committed;
            let step = stream.batch(&batch, 8);
            assert!(step.apply.end <= batch.facts.len());
            assert_eq!(stream.committed.0 - before.0, step.apply.len() as u64);
            let _ = batch.facts.first().and_then(scan_of);
        }
        Up::TasksAck { .. } | Up::Health(_) => {}
    }
}

/// The edge believes that the message is meant for it, in every state it can be in.
fn send(down: &Down) {
    let mut down = down.clone();
    let mut place = Place { epoch: Epoch(2), next_row: 41, acked_row: 30, oldest_row: 11, ..Place::default() };
    let mut sender = Sender::new(7, Timing::default());
    let mut inputs = vec![Input::Tick, Input::Connected];
    for round in 1..4_u32 {
        for input in inputs.drain(..) {
            sender.handle(0, 1, place.position(), input);
        }
        match &mut down {
            Down::Welcome(welcome) => (welcome.session, welcome.attempt) = (7, round),
            Down::Refused { session, .. } => *session = 7,
            Down::Ack { link, epoch, .. } | Down::Nack { link, epoch, .. } => (*link, *epoch) = (9, place.epoch),
            Down::Datasets { .. } | Down::Tasks { .. } | Down::Progress { .. } => {}
        }
        if matches!(down, Down::Ack { .. } | Down::Nack { .. }) && round == 1 {
            let text = br#"{"type":"welcome","session":7,"attempt":1,"link":9,"epoch":2,"committed":30,"window":100,"now_ms":0}"#;
            if let Ok(welcome) = decode_down(text) {
                sender.handle(0, 1, place.position(), Input::Down { message: &welcome, mine: None });
                sender.handle(0, 1, place.position(), Input::Settled);
            }
        }
        let mine = match &down {
            Down::Welcome(welcome) => welcome.head,
            _ => None,
        };
        for action in sender.handle(1, 1, place.position(), Input::Down { message: &down, mine }) {
            match action {
                Action::Settle { epoch, committed } => {
                    place.settle(epoch, committed);
                    sender.handle(1, 1, place.position(), Input::Settled);
                }
                Action::MarkAcked { epoch, through } => {
                    place.ack(epoch, through);
                }
                _ => {}
            }
        }
        assert!(place.acked_row < place.next_row && place.oldest_row <= place.next_row);
        inputs.push(Input::Connected);
    }
}
