use super::*;
use serde_json::json;

const DOOR: Door = Door { disabled: false, window: 8, now_ms: 1000, random: 50 };

fn hello(epoch: u32, next_seq: u64, oldest_kept: u64) -> Hello {
    Hello {
        epoch: Epoch(epoch),
        boot: 1,
        session: 7,
        attempt: 1,
        diverged: false,
        fingerprint: "aa".into(),
        next_seq: Seq(next_seq),
        oldest_kept: Seq(oldest_kept),
        clock_ms: 0,
        protocol: VERSION,
        agent: String::new(),
        tasks_through: 0,
        datasets: vec![],
    }
}

fn row(epoch: u32, committed: u64) -> Stream {
    Stream {
        epoch: Epoch(epoch),
        committed: Seq(committed),
        head: (committed > 0).then_some(ScanId(committed.into())),
        link: 40,
        session: 6,
        attempt: 3,
        fingerprint: "aa".into(),
        ..Stream::default()
    }
}

fn facts(link: u64, epoch: u32, first: u64, count: u64) -> Batch {
    let facts = (first..first + count).map(|n| json!({"scan": ScanId(n.into()).to_string()})).collect();
    Batch { link, epoch: Epoch(epoch), first: Seq(first), facts }
}

fn welcome(greeting: &Greeting) -> &Welcome {
    match &greeting.reply {
        Some(Down::Welcome(welcome)) => welcome,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_edge_that_goes_on_is_told_where_and_by_which_fact() {
    let mut row = row(2, 10);
    let greeting = row.hello(&hello(2, 15, 1), DOOR);
    let w = welcome(&greeting);
    assert_eq!((w.epoch, w.committed, w.head, w.link, w.session, w.attempt), (Epoch(2), Seq(10), Some(ScanId(10)), 50, 7, 1));
    assert!(greeting.news.is_empty());
    assert_eq!(row.next_seq_seen, Seq(15));
}

#[test]
fn a_first_hello_gets_epoch_one_and_a_lost_welcome_is_not_news() {
    let mut row = Stream::default();
    assert_eq!(welcome(&row.hello(&hello(0, 5, 1), DOOR)).epoch, Epoch(1));
    let again = row.hello(&Hello { attempt: 2, ..hello(0, 5, 1) }, DOOR);
    assert_eq!((welcome(&again).epoch, again.news.len()), (Epoch(2), 0));
}

#[test]
fn every_break_of_continuity_begins_an_epoch_above_both_and_is_reported() {
    type Case = (&'static str, Hello, News);
    let cases: [Case; 6] = [
        ("next_seq is behind", hello(2, 10, 1), News::EdgeWentBack { old: Epoch(2), new: Epoch(3) }),
        ("the edge saw another head", Hello { diverged: true, ..hello(2, 99, 1) }, News::EdgeWentBack { old: Epoch(2), new: Epoch(3) }),
        ("an older epoch", hello(1, 99, 1), News::EdgeWentBack { old: Epoch(1), new: Epoch(3) }),
        ("a newer epoch", hello(5, 99, 1), News::HubWentBack { hub: Epoch(2), edge: Epoch(5), new: Epoch(6) }),
        ("no epoch", hello(0, 1, 1), News::EdgeStartedAnew { old: Epoch(2), new: Epoch(3) }),
        ("a gap", hello(2, 99, 21), News::Lost { epoch: Epoch(2), first: Seq(11), last: Seq(20), new: Epoch(3) }),
    ];
    for (what, hello, news) in cases {
        let mut row = row(2, 10);
        let greeting = row.hello(&hello, DOOR);
        let w = welcome(&greeting);
        assert!(w.epoch > Epoch(2) && w.epoch > hello.epoch && w.committed == Seq(0) && w.head.is_none(), "{what}");
        assert_eq!(greeting.news, [news], "{what}");
    }
    let both = row(2, 10).hello(&Hello { diverged: true, ..hello(2, 99, 21) }, DOOR).news;
    assert!(matches!(both[..], [News::EdgeWentBack { .. }, News::Lost { .. }]));
    let mut exactly = row(2, 20);
    assert!(exactly.hello(&hello(2, 99, 21), DOOR).news.is_empty(), "rows up to committed may be gone");
}

#[test]
fn what_was_lost_is_said_again_while_the_edge_has_not_heard_of_the_new_epoch() {
    let lost = |last, new| News::Lost { epoch: Epoch(2), first: Seq(11), last: Seq(last), new: Epoch(new) };
    let mut row = row(2, 10);
    assert_eq!(row.hello(&hello(2, 99, 21), DOOR).news, [lost(20, 3)]);
    assert_eq!(row.hello(&Hello { attempt: 2, ..hello(2, 99, 31) }, DOOR).news, [lost(30, 4)], "retention went on meanwhile");
    let took_the_first_up = Hello { attempt: 3, ..hello(3, 9, 1) };
    let greeting = row.hello(&took_the_first_up, DOOR);
    assert_eq!((welcome(&greeting).epoch, greeting.news.len()), (Epoch(5), 0));

    let mut restored = Stream::default();
    restored.hello(&hello(0, 9, 1), DOOR);
    for (attempt, new) in [(2, 3), (3, 4)] {
        let news = restored.hello(&Hello { attempt, ..hello(2, 9, 1) }, DOOR).news;
        assert_eq!(news, [News::HubWentBack { hub: Epoch(1), edge: Epoch(2), new: Epoch(new) }]);
    }
}

#[test]
fn another_fingerprint_is_refused_until_a_person_forgives_and_the_original_goes_on() {
    let mut row = row(2, 10);
    let before = row.clone();
    let clone = Hello { fingerprint: "bb".into(), session: 9, ..hello(2, 15, 1) };
    let greeting = row.hello(&clone, DOOR);
    assert_eq!(greeting.reply, Some(Down::Refused { session: 9, reason: Refusal::Cloned }));
    assert_eq!(greeting.news, [News::ClonedDisk { fingerprint: "bb".into() }]);
    assert_eq!(row, before);
    assert_eq!(row.batch(&facts(40, 2, 11, 2), 8).apply, 0..2);
    row.forgive();
    assert_eq!(welcome(&row.hello(&clone, DOOR)).epoch, Epoch(2));
    assert_eq!(row.fingerprint, "bb");
}

#[test]
fn two_processes_that_take_turns_are_both_refused_and_a_late_hello_is_not_a_clone() {
    let mut row = row(2, 10);
    let turn = |row: &mut Stream, session, attempt| row.hello(&Hello { session, attempt, ..hello(row.epoch.0, 99, 1) }, DOOR);
    assert!(turn(&mut row, 1, 1).reply.is_some());
    assert!(turn(&mut row, 2, 1).reply.is_some());
    assert_eq!(turn(&mut row, 1, 1).reply, None, "a hello that was answered before is out of date");
    welcome(&turn(&mut row, 1, 2));
    let mut news = vec![];
    for attempt in 3..9 {
        news.extend(turn(&mut row, 2, attempt).news);
        news.extend(turn(&mut row, 1, attempt).news);
    }
    assert_eq!(news, [News::ClonedProcess]);
    assert_eq!(row.batch(&facts(row.link, row.epoch.0, 11, 1), 8).ignored, Some(Ignored::Refused));
    row.forgive();
    welcome(&turn(&mut row, 2, 20));
}

#[test]
fn protocol_and_disabling_are_refused_without_touching_the_row() {
    let mut row = row(2, 10);
    let before = row.clone();
    let refused = |reason| Some(Down::Refused { session: 7, reason });
    assert_eq!(row.hello(&Hello { protocol: VERSION + 1, ..hello(2, 15, 1) }, DOOR).reply, refused(Refusal::Protocol));
    assert_eq!(row.hello(&Hello { protocol: 0, ..hello(2, 15, 1) }, DOOR).reply, refused(Refusal::Protocol));
    assert_eq!(row.hello(&hello(2, 15, 1), Door { disabled: true, ..DOOR }).reply, refused(Refusal::Disabled));
    assert_eq!(row.hello(&hello(u32::MAX, 15, 1), DOOR).reply, refused(Refusal::Protocol), "there is no epoch after that");
    assert_eq!((row.epoch, row.committed, row.link), (before.epoch, before.committed, before.link));
}

#[test]
fn the_same_hello_twice_keeps_the_link_and_an_older_one_is_silent() {
    let mut row = row(2, 10);
    row.hello(&Hello { attempt: 4, ..hello(2, 15, 1) }, DOOR);
    let again = row.hello(&Hello { attempt: 4, ..hello(2, 15, 1) }, Door { random: 51, ..DOOR });
    assert_eq!(welcome(&again).link, 50);
    assert_eq!(row.hello(&Hello { attempt: 3, ..hello(2, 15, 1) }, DOOR).reply, None);
    assert_eq!(welcome(&row.hello(&Hello { attempt: 5, ..hello(2, 15, 1) }, Door { random: 51, ..DOOR })).link, 51);
}

#[test]
fn a_batch_is_taken_from_where_the_hub_is_and_a_gap_is_answered() {
    let mut row = row(2, 10);
    let ack = |committed| Some(Down::Ack { link: 40, epoch: Epoch(2), committed: Seq(committed), window: 8 });
    let step = row.batch(&facts(40, 2, 9, 4), 8);
    assert_eq!((step.apply, step.reply), (2..4, ack(12)));
    assert_eq!(row.head, Some(ScanId(12)));
    let step = row.batch(&facts(40, 2, 9, 4), 8);
    assert_eq!((step.apply.len(), step.reply), (0, ack(12)), "a repeat is acked and not taken");
    let step = row.batch(&facts(40, 2, 14, 4), 8);
    assert_eq!((step.apply.len(), step.reply), (0, Some(Down::Nack { link: 40, epoch: Epoch(2), expected: Seq(13) })));
    assert_eq!(row.batch(&facts(40, 2, 13, 0), 8).reply, ack(12), "nothing is acked too");
    row.batch(&Batch { facts: vec![json!("no fact")], ..facts(40, 2, 13, 0) }, 8);
    assert_eq!((row.committed, row.head), (Seq(13), None));
}

#[test]
fn batches_of_other_links_and_epochs_and_absurd_numbers_are_ignored() {
    let mut row = row(2, 10);
    assert_eq!(row.batch(&facts(41, 2, 11, 1), 8).ignored, Some(Ignored::OtherLink));
    assert_eq!(row.batch(&facts(40, 1, 11, 1), 8).ignored, Some(Ignored::OtherEpoch));
    assert_eq!(row.batch(&facts(40, 2, 0, 1), 8).ignored, Some(Ignored::OutOfRange));
    let end = Batch { first: Seq(u64::MAX), ..facts(40, 2, 1, 1) };
    assert_eq!(row.batch(&end, 8).ignored, Some(Ignored::OutOfRange));
    assert_eq!(Stream::default().batch(&facts(0, 0, 1, 1), 8).ignored, Some(Ignored::OtherLink));
    assert_eq!(row.committed, Seq(10));
}

#[test]
fn the_row_survives_json() {
    let row = row(2, 10);
    assert_eq!(serde_json::from_str::<Stream>(&serde_json::to_string(&row).unwrap()).unwrap(), row);
    assert_eq!(serde_json::from_str::<Stream>("{}").unwrap(), Stream::default());
}
