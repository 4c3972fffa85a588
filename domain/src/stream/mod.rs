//! The sync protocol: sender (edge) and receiver (hub) as sans-I/O state machines.
//!
//! Both only decide. The shells around them (uplink at the edge, ingest at the hub) carry bytes, keep disks and databases, read clocks and
//! make random numbers. So a simulator can run any schedule of faults through exactly the code that runs in the shop.
//!
//! # What holds it together
//! * **Numbers.** Facts of one epoch are numbered 1, 2, 3 … without gaps. The hub takes only `committed + 1`, so order is kept.
//! * **Receipts.** Only [`Down::Ack`](crate::protocol::Down::Ack) after the hub's commit counts; acks are cumulative.
//! * **Links.** Each welcome begins a link with a random number of the hub's. Batches, acks and nacks of any other link are ignored: whatever
//!   comes late, twice or from a process that is gone cannot do harm. (A fencing token.)
//! * **Head.** The welcome names the fact at `committed`. If the edge has another fact there, one of the two disks went back in time while the
//!   other went on; comparing `committed` with `next_seq` alone would miss an edge that recorded new facts before it met the hub again.
//! * **A new epoch offers everything again.** Whenever continuity cannot be proven, the hub mints an epoch and the edge re-keys *all* rows it
//!   keeps, acked ones of the grace period included; the hub skips what it has by `ScanId`. Rare, so it may cost; and it cannot lose.
//! * **What is lost is said.** Where facts are provably gone the hub gets [`receiver::News`] and opens a case.
//!
//! # The edge's shell
//! ```
//! use qitao_domain::ids::{Epoch, Seq};
//! use qitao_domain::stream::Position;
//! use qitao_domain::stream::sender::{Action, Input, Sender, Timing};
//!
//! let mut sender = Sender::new(/* random, of this process start */ 77, Timing::default());
//! // From the outbox, after every change:
//! let position = Position { epoch: Epoch(0), next_seq: Seq(4), acked: Seq(0), oldest_kept: Seq(1) };
//! // One loop: wait for `sender.deadline()`, the broker, the outbox; hand in what happened; carry the actions out in order.
//! assert_eq!(sender.handle(0, 42, position, Input::Tick), [Action::Connect]);
//! let actions = sender.handle(5, 43, position, Input::Connected);
//! assert!(actions.iter().any(|action| matches!(action, Action::SendHello(_))));
//! ```
//! * [`Action::SendHello`](sender::Action::SendHello): build a [`Hello`](crate::protocol::Hello) from it and what else the shell knows.
//! * Before a [`Welcome`](crate::protocol::Welcome) is handed in, read the scan id at [`sender::Sender::wanted`] from the outbox.
//! * [`Action::Settle`](sender::Action::Settle): change the numbering on disk ([`place::Place::settle`]), durably, then hand in
//!   [`Input::Settled`](sender::Input::Settled). Until then nothing is sent.
//! * [`Action::SendBatch`](sender::Action::SendBatch): fill it from the outbox up to what fits in a message, publish, then hand in
//!   [`Input::Sent`](sender::Input::Sent) with how far it got. One at a time; that is the back-pressure. A row that is there but damaged is
//!   sent as any JSON that says so: the hub keeps it as a case, and the stream goes on.
//! * [`Action::MarkAcked`](sender::Action::MarkAcked) may reach the disk late or never: it costs a repeat, no more.
//!
//! # The hub's shell
//! ```
//! use qitao_domain::protocol::{Batch, Hello, VERSION};
//! use qitao_domain::ids::{Epoch, Seq};
//! use qitao_domain::stream::receiver::{Door, Stream};
//!
//! let mut row = Stream::default(); // loaded from the edge's row, locked FOR UPDATE
//! let hello = Hello {
//!     epoch: Epoch(0), boot: 1, session: 77, attempt: 1, diverged: false, fingerprint: "f00d".into(), next_seq: Seq(4), oldest_kept: Seq(1),
//!     clock_ms: 0, protocol: VERSION, agent: "0.1.0".into(), tasks_through: 0, datasets: vec![],
//! };
//! let greeting = row.hello(&hello, Door { disabled: false, window: 1024, now_ms: 0, random: 9 });
//! // save `row`, open cases for `greeting.news`, COMMIT, then publish `greeting.reply`
//! let batch = Batch { link: 9, epoch: Epoch(1), first: Seq(1), facts: vec![serde_json::json!({})] };
//! let step = row.batch(&batch, 1024);
//! // insert facts `step.apply` (skipping those whose scan id is there), save `row`, COMMIT, then publish `step.reply`
//! assert_eq!(step.apply, 0..1);
//! ```
//! If the transaction fails, throw the changed row away and publish nothing.

pub mod place;
pub mod receiver;
pub mod sender;

pub use place::{Place, Position};

/// How many facts may be on the way, when the hub has no reason to say otherwise.
pub const DEFAULT_WINDOW: u32 = 1024;
