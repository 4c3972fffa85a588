//! Every family over a pseudo-terminal, against a scripted device: signals, questions, holding, and devices that refuse, repeat, stay silent and vanish.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use qitao_domain::scan::{Framing, Scan};
use qitao_domain::work::Tone;
use qitao_scanner_drivers::clock::SystemClock;
use qitao_scanner_drivers::scanner::remote::{ExchangeError, Remote, Reply, Request};
use qitao_scanner_drivers::scanner::serial::{self, SerialSettings};
use qitao_scanner_drivers::scanner::speech::menu::Status;
use qitao_scanner_drivers::scanner::speech::{Family, Order, SpeechSettings, ssi};
use qitao_scanner_drivers::scanner::{OfflineReason, ScannerEvent, ScannerHandle};
use tempfile::TempDir;
use tokio::sync::mpsc::{self, Receiver};
use tokio::time::timeout;

use crate::scripted::{Manners, Model, Scripted};

struct Bench {
    scanner: Scripted,
    remote: Remote,
    inbox: Receiver<ScannerEvent>,
    handle: ScannerHandle,
    _folder: TempDir,
}

const SOON: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(300);

impl Bench {
    async fn new(model: Model, speech: SpeechSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let link: PathBuf = folder.path().join("scanner");
        let scanner = Scripted::plug_in(&link, model);
        let settings = SerialSettings { speech, ..SerialSettings::at_path(&link) };
        let (sender, inbox) = mpsc::channel(64);
        let handle = serial::spawn(settings, Arc::new(SystemClock::new().unwrap()), sender);
        let mut bench = Self { scanner, remote: handle.remote(), inbox, handle, _folder: folder };
        bench.online().await;
        bench
    }

    async fn plain(model: Model, family: Family) -> Self {
        Self::new(model, SpeechSettings { family, ..SpeechSettings::default() }).await
    }

    async fn next(&mut self) -> ScannerEvent {
        timeout(Duration::from_secs(60), self.inbox.recv()).await.expect("an event within a minute").expect("the worker is alive")
    }

    async fn online(&mut self) {
        match self.next().await {
            ScannerEvent::Online { .. } => {}
            other => panic!("expected Online, got {other:?}"),
        }
    }

    async fn read(&mut self) -> (u64, Scan) {
        match self.next().await {
            ScannerEvent::Scan { number, scan } => (number, scan),
            other => panic!("expected a scan, got {other:?}"),
        }
    }

    /// A code, and it is on disk.
    async fn code(&mut self) -> String {
        let (number, scan) = self.read().await;
        self.remote.answer(number, Tone::Right);
        String::from_utf8(scan.payload).unwrap()
    }

    /// Pulls the trigger at a code as soon as that can be read.
    fn pull(&self, code: &str) {
        self.scanner.until_that("it may read", |_| !self.scanner.is_disabled());
        assert!(self.scanner.scan(code));
    }

    async fn offline(&mut self) {
        match self.next().await {
            ScannerEvent::Offline { reason, .. } => assert_eq!(reason, OfflineReason::Unplugged),
            other => panic!("expected Offline, got {other:?}"),
        }
    }

    async fn ask(&self, request: Request, wait: Duration) -> Result<Reply, ExchangeError> {
        timeout(Duration::from_secs(60), self.remote.exchange(request, wait)).await.expect("an answer within a minute")
    }

    async fn menu(&self, text: &str) -> Vec<(String, Status)> {
        match self.ask(Request::Menu(text.into()), SOON).await {
            Ok(Reply::Menu(answers)) => answers.into_iter().map(|answer| (answer.text, answer.status)).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn did(&self, wanted: &[&str]) {
        self.scanner.until(wanted);
        self.scanner.did();
    }
}

/// Families, a model of each, and a question that each can be asked.
fn families() -> Vec<(Model, Family, Request)> {
    vec![
        (Model::Honeywell, Family::Honeywell, Request::Menu("CBRENA?.".into())),
        (Model::Ssi, Family::Ssi, ssi::param_request(&[0x8A]).unwrap()),
        (Model::Newland, Family::Newland, Request::Menu("@C11ENA*".into())),
        (Model::Datalogic, Family::Datalogic, Request::Host(b'i')),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_family_sounds_what_it_has_for_right_and_wrong() {
    let sounds: [(Model, Family, &[&str], &[&str]); 6] = [
        (Model::Honeywell, Family::Honeywell, &["beep"], &["beep", "beep", "beep"]),
        (Model::Ssi, Family::Ssi, &["ack", "beep 0", "led on", "led off"], &["beep 16"]),
        (Model::ZebraSimple, Family::ZebraSimple, &["beep"], &["beep", "beep", "beep"]),
        (Model::Newland, Family::Newland, &["beep 2700"], &["beep 800"]),
        (Model::Datalogic, Family::Datalogic, &["beep"], &["not on file", "enable"]),
        (
            Model::DatalogicEscape,
            Family::DatalogicEscape,
            &["green on", "good tone", "green off"],
            &["long low", "wait", "bad transmission"],
        ),
    ];
    for (model, family, good, wrong) in sounds {
        let mut bench = Bench::plain(model, family).await;
        for (code, tone, sound) in [("6901234567892", Tone::Right, good), ("A-01", Tone::Wrong, wrong)] {
            assert!(bench.scanner.scan(code), "{family:?}");
            let (number, scan) = bench.read().await;
            assert_eq!(scan.payload, code.as_bytes());
            bench.remote.answer(number, tone);
            bench.did(sound);
        }
        assert!(bench.scanner.scan("A-02"), "{family:?} reads on");
        assert_eq!(bench.code().await, "A-02");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanner_of_no_known_family_is_never_written_to() {
    let mut bench = Bench::plain(Model::Generic, Family::Auto).await;
    for (code, tone) in [("A", Tone::Right), ("B", Tone::Wrong), ("C", Tone::Attention)] {
        assert!(bench.scanner.scan(code));
        let (number, _) = bench.read().await;
        bench.remote.answer(number, tone);
    }
    for order in [Order::Trigger, Order::Disable, Order::Enable] {
        bench.remote.order(order);
    }
    assert_eq!(bench.ask(Request::Menu("CBRENA?.".into()), SOON).await, Err(ExchangeError::Unsupported));
    assert!(bench.scanner.scan("D"));
    assert_eq!(bench.code().await, "D");
    assert!(bench.scanner.did().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_pulls_the_trigger_where_it_can() {
    for (model, family, _) in families() {
        let mut bench = Bench::plain(model, family).await;
        bench.scanner.lay("6901234567892");
        bench.remote.order(Order::Trigger);
        assert_eq!(bench.code().await, "6901234567892", "{family:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_scanner_reads_nothing_until_it_was_answered_whoever_does_the_holding() {
    for (model, family) in [(Model::Datalogic, Family::Datalogic), (Model::Ssi, Family::Ssi), (Model::HoneywellHostAck, Family::Honeywell)]
    {
        let mut bench = Bench::new(model, SpeechSettings { family, hold: true, ..SpeechSettings::default() }).await;
        assert!(bench.scanner.scan("A"));
        let (number, scan) = bench.read().await;
        assert_eq!(scan.payload, b"A");
        bench.scanner.until_that("disabled", |_| bench.scanner.is_disabled());
        assert!(!bench.scanner.scan("B"), "{family:?}");
        bench.remote.answer(number, Tone::Wrong);
        bench.scanner.until_that("enabled", |_| !bench.scanner.is_disabled());
        assert!(bench.scanner.scan("B"));
        assert_eq!(bench.code().await, "B");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanner_that_was_left_disabled_is_enabled_when_it_is_opened() {
    let mut bench =
        Bench::new(Model::Datalogic, SpeechSettings { family: Family::Datalogic, hold: true, ..SpeechSettings::default() }).await;
    bench.scanner.scan("A");
    bench.read().await;
    bench.did(&["disable"]);
    bench.scanner.unplug();
    bench.offline().await;
    bench.scanner.replug();
    bench.online().await;
    bench.did(&["enable"]);
    assert!(bench.scanner.scan("B"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanner_does_not_stay_dead_when_the_order_to_read_again_is_lost() {
    for (model, family, enable) in [(Model::Datalogic, Family::Datalogic, b'E'), (Model::Ssi, Family::Ssi, 0xE9)] {
        let mut bench = Bench::new(model, SpeechSettings { family, hold: true, ..SpeechSettings::default() }).await;
        bench.did(&["enable"]);
        assert!(bench.scanner.scan("A"));
        let (number, _) = bench.read().await;
        // A decoder is disabled only when the disk takes longer than its acknowledgement can wait.
        bench.scanner.until_that("it is disabled", |did| did.contains(&"disable".to_owned()));
        bench.scanner.lose(enable);
        bench.remote.answer(number, Tone::Right);
        bench.scanner.until_that("the order is lost", |did| did.contains(&"lost".to_owned()));
        bench.pull("B");
        assert_eq!(bench.code().await, "B", "{family:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_whose_acknowledgement_was_cut_off_by_the_plug_counts_once() {
    let mut bench = Bench::plain(Model::Ssi, Family::Ssi).await;
    assert!(bench.scanner.scan("A"));
    assert_eq!(bench.read().await.1.payload, b"A");
    bench.scanner.unplug();
    bench.offline().await;
    // A scanner with its own power, at an adapter that is plugged in again.
    bench.scanner.replug();
    bench.online().await;
    bench.scanner.send_again();
    bench.did(&["ack"]);
    bench.pull("B");
    assert_eq!(bench.code().await, "B");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_stopped_lets_a_code_on_its_way_to_the_disk_be_acknowledged() {
    let mut bench = Bench::plain(Model::Ssi, Family::Ssi).await;
    assert!(bench.scanner.scan("A"));
    let (number, _) = bench.read().await;
    let Bench { scanner, remote, inbox: _inbox, handle, _folder } = bench;
    let stopped = tokio::spawn(handle.stop());
    tokio::time::sleep(Duration::from_millis(50)).await;
    remote.answer(number, Tone::Right);
    timeout(Duration::from_secs(60), stopped).await.unwrap().unwrap();
    scanner.until_that("its code was acknowledged", |did| did.contains(&"ack".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_read_and_written_over_the_open_line_while_codes_come() {
    let mut honeywell = Bench::plain(Model::Honeywell, Family::Honeywell).await;
    assert_eq!(honeywell.menu("CBRENA1!").await, [("CBRENA1".into(), Status::Ok)]);
    assert_eq!(honeywell.scanner.setting("CBRENA").as_deref(), Some("1"));
    honeywell.scanner.scan("6901234567892");
    assert_eq!(honeywell.menu("CBRENA?.").await, [("CBRENA1".into(), Status::Ok)]);
    assert_eq!(honeywell.code().await, "6901234567892");

    let mut newland = Bench::plain(Model::Newland, Family::Newland).await;
    newland.scanner.scan("A-01");
    let ok = |text: &str| (text.to_owned(), Status::Ok);
    assert_eq!(newland.menu("@C11MIN12,MAX22").await, [ok("@C11MIN12"), ok("MAX22")]);
    assert_eq!(newland.menu("#C11MIN*,MAX*").await, [ok("#C11MIN12"), ok("MAX22")]);
    assert_eq!(newland.code().await, "A-01");

    let mut zebra = Bench::plain(Model::Ssi, Family::Ssi).await;
    let set = ssi::param_send(true, &[(0xEE, 1), (0x8A, 8)]).unwrap();
    assert_eq!(zebra.ask(set, SOON).await, Ok(Reply::Ssi { opcode: ssi::CMD_ACK, data: vec![] }));
    zebra.scanner.scan("A-02");
    let Ok(Reply::Ssi { opcode, data }) = zebra.ask(ssi::param_request(&[0x8A, 0xEE, 0x10]).unwrap(), SOON).await else { panic!() };
    assert_eq!((opcode, ssi::parameters(&data)), (ssi::PARAM_SEND, vec![(0x8A, 8), (0xEE, 1)]));
    assert_eq!(zebra.code().await, "A-02");
    assert!(zebra.scanner.did().contains(&"permanent parameters".to_owned()));

    let datalogic = Bench::plain(Model::Datalogic, Family::Datalogic).await;
    assert_eq!(datalogic.ask(Request::Host(b'i'), SOON).await, Ok(Reply::Text(b"\x02PD9530 1.0\x03".to_vec())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_refuses_says_so_and_reads_on() {
    for (model, family, request) in families() {
        let mut bench = Bench::plain(model, family).await;
        bench.scanner.behave(Manners::Refuse);
        let wait = if family == Family::Datalogic { SHORT } else { SOON };
        match (family, bench.ask(request, wait).await) {
            (Family::Ssi, Err(ExchangeError::Refused(6))) | (Family::Datalogic, Err(ExchangeError::Silent)) => {}
            (_, Ok(Reply::Menu(answers))) => assert_eq!(answers[0].status, Status::UnknownTag),
            other => panic!("{other:?}"),
        }
        for code in ["A", "B"] {
            bench.pull(code);
            assert_eq!(bench.code().await, code);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_repeats_itself_counts_once() {
    for (model, family, request) in families() {
        let mut bench = Bench::plain(model, family).await;
        bench.scanner.behave(Manners::Repeat);
        assert!(bench.ask(request.clone(), SOON).await.is_ok());
        // The second answer is no code, nor does it hang on to one; of packets the retransmit bit tells.
        bench.pull("A");
        assert_eq!(bench.code().await, "A", "{family:?}");
        bench.scanner.behave(Manners::Answer);
        bench.pull("B");
        assert_eq!(bench.code().await, "B", "{family:?}");
        assert!(bench.ask(request, SOON).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_never_answers_costs_time_and_no_code() {
    for (model, family, request) in families() {
        let mut bench = Bench::plain(model, family).await;
        bench.scanner.behave(Manners::Silent);
        bench.pull("A");
        assert_eq!(bench.ask(request, SHORT).await, Err(ExchangeError::Silent), "{family:?}");
        assert_eq!(bench.code().await, "A");
        bench.pull("B");
        assert_eq!(bench.code().await, "B");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_vanishes_in_the_middle_of_an_answer_is_offline_and_leaves_no_code() {
    for (model, family, request) in families() {
        let mut bench = Bench::plain(model, family).await;
        bench.scanner.behave(Manners::VanishAnswering);
        assert_eq!(bench.ask(request.clone(), SOON).await, Err(ExchangeError::Offline), "{family:?}");
        bench.offline().await;
        assert_eq!(bench.ask(request.clone(), SHORT).await, Err(ExchangeError::Offline));
        bench.remote.answer(1, Tone::Right);
        bench.scanner.behave(Manners::Answer);
        bench.scanner.replug();
        bench.online().await;
        assert!(bench.ask(request, SOON).await.is_ok());
        bench.scanner.scan("A");
        assert_eq!(bench.code().await, "A");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_vanishes_in_the_middle_of_a_code_gives_a_torn_one() {
    let halves: [(Model, Family, Vec<u8>); 4] = [
        (Model::Honeywell, Family::Honeywell, b"690123".to_vec()),
        (Model::Newland, Family::Newland, b"690123".to_vec()),
        (Model::Datalogic, Family::Datalogic, b"690123".to_vec()),
        // 18 bytes are promised, 11 come.
        (Model::Ssi, Family::Ssi, [&[18, 0xF3, 0, 0, 0x0B], b"690123".as_slice()].concat()),
    ];
    for (model, family, half) in halves {
        let mut bench = Bench::plain(model, family).await;
        // After a line end a code without one is torn.
        bench.scanner.scan("whole");
        // Not answered: what a decoder says to a beep would come in the middle.
        assert_eq!(bench.read().await.1.payload, b"whole");
        bench.scanner.send(&half);
        tokio::time::sleep(Duration::from_millis(50)).await;
        bench.scanner.unplug();
        let (_, torn) = bench.read().await;
        assert_eq!((torn.payload.as_slice(), torn.framing), (b"690123".as_slice(), Framing::Torn), "{family:?}");
        bench.offline().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_wait_in_their_order_and_too_many_are_turned_away() {
    let bench = Bench::plain(Model::Honeywell, Family::Honeywell).await;
    bench.scanner.behave(Manners::Silent);
    let asked: Vec<_> = (0..40)
        .map(|_| {
            let remote = bench.remote.clone();
            tokio::spawn(async move { remote.exchange(Request::Menu("CBRENA?.".into()), Duration::from_millis(50)).await })
        })
        .collect();
    let mut ends = Vec::new();
    for task in asked {
        ends.push(timeout(Duration::from_secs(60), task).await.unwrap().unwrap().unwrap_err());
    }
    assert!(ends.contains(&ExchangeError::Busy) && ends.contains(&ExchangeError::Silent), "{ends:?}");
}
