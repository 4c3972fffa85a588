use super::*;

const T: Timing = Timing {
    connect: 100,
    connect_most: 1000,
    connecting: 500,
    welcome: 50,
    silence: 100,
    pause: 200,
    idle: 10_000,
    watchdog: 1000,
    refused: 5000,
};

fn at(epoch: u32, next_seq: u64, acked: u64, oldest_kept: u64) -> Position {
    Position { epoch: Epoch(epoch), next_seq: Seq(next_seq), acked: Seq(acked), oldest_kept: Seq(oldest_kept) }
}

fn welcome(attempt: u32, epoch: u32, committed: u64) -> Down {
    let head = (committed > 0).then_some(ScanId(committed.into()));
    let (epoch, committed) = (Epoch(epoch), Seq(committed));
    Down::Welcome(Welcome { session: 7, attempt, link: 40, epoch, committed, head, window: 100, now_ms: 0 })
}

fn down(message: &Down) -> Input<'_> {
    let mine = match message {
        Down::Welcome(w) => Some(ScanId(w.committed.0.into())),
        _ => None,
    };
    Input::Down { message, mine }
}

fn ack(committed: u64) -> Down {
    Down::Ack { link: 40, epoch: Epoch(2), committed: Seq(committed), window: 100 }
}

fn batch(first: u64, last: u64) -> Action {
    Action::SendBatch { link: 40, epoch: Epoch(2), first: Seq(first), last: Seq(last) }
}

/// A sender that was welcomed at `committed` of epoch 2, and what it did then.
fn streaming(position: Position, committed: u64) -> (Sender, Vec<Action>) {
    let mut s = Sender::new(7, T);
    assert_eq!(s.handle(0, 0, position, Input::Tick), [Action::Connect]);
    s.handle(0, 0, position, Input::Connected);
    let settle = s.handle(0, 0, position, down(&welcome(1, 2, committed)));
    assert_eq!(settle, [Action::Settle { epoch: Epoch(2), committed: Seq(committed) }]);
    let actions = s.handle(0, 0, position, Input::Settled);
    (s, actions)
}

fn hails(actions: &[Action]) -> bool {
    matches!(actions.first(), Some(Action::SendHello(_)))
}

#[test]
fn a_link_begins_with_hello_and_batches_follow_the_welcome_one_at_a_time_within_the_window() {
    let p = at(2, 201, 10, 1);
    let (mut s, actions) = streaming(p, 10);
    assert_eq!(actions, [batch(11, 74), Action::Link(LinkState::Online)]);
    assert_eq!(s.handle(1, 0, p, Input::Committed), []);
    assert_eq!(s.handle(1, 0, p, Input::Sent { link: 40, through: Seq(40) }), [batch(41, 104)], "the shell may send less than asked");
    assert_eq!(s.handle(1, 0, p, Input::Sent { link: 40, through: Seq(104) }), [], "100 on the way at most, and 6 are not worth a batch");
    let acked = s.handle(2, 0, p, down(&ack(60)));
    assert_eq!(acked, [Action::MarkAcked { epoch: Epoch(2), through: Seq(60) }, batch(105, 160)]);
}

#[test]
fn a_lone_fact_goes_at_once_and_those_behind_it_go_together() {
    let (mut s, _) = streaming(at(2, 11, 10, 1), 10);
    assert_eq!(s.handle(1, 0, at(2, 12, 10, 1), Input::Committed), [batch(11, 11)]);
    assert_eq!(s.handle(1, 0, at(2, 12, 10, 1), Input::Sent { link: 40, through: Seq(11) }), []);
    assert_eq!(s.handle(2, 0, at(2, 13, 10, 1), Input::Committed), [], "a receipt is on its way");
    assert_eq!(s.handle(2, 0, at(2, 30, 10, 1), Input::Committed), []);
    let acked = s.handle(3, 0, at(2, 30, 10, 1), down(&ack(11)));
    assert_eq!(acked, [Action::MarkAcked { epoch: Epoch(2), through: Seq(11) }, batch(12, 29)]);
    assert_eq!(s.handle(3, 0, at(2, 30, 11, 1), Input::Sent { link: 40, through: Seq(29) }), []);
    assert_eq!(s.handle(4, 0, at(2, 80, 11, 1), Input::Committed), [batch(30, 79)], "half of the window is worth a batch by itself");
}

#[test]
fn late_repeated_and_foreign_messages_change_nothing() {
    let p = at(2, 21, 10, 1);
    let (mut s, _) = streaming(p, 10);
    s.handle(0, 0, p, Input::Sent { link: 40, through: Seq(20) });
    assert_eq!(s.handle(1, 0, p, down(&ack(15))).len(), 1);
    let others = [
        ack(15),
        ack(12),
        Down::Ack { link: 39, epoch: Epoch(2), committed: Seq(20), window: 0 },
        Down::Ack { link: 40, epoch: Epoch(1), committed: Seq(20), window: 0 },
        Down::Nack { link: 39, epoch: Epoch(2), expected: Seq(16) },
        Down::Refused { session: 8, reason: Refusal::Cloned },
        welcome(1, 2, 10),
        welcome(2, 9, 0),
        Down::Tasks { first: 1, entries: vec![] },
    ];
    for message in others {
        assert_eq!(s.handle(1, 0, p, down(&message)), [], "{message:?}");
    }
    assert_eq!(s.handle(1, 0, p, Input::Sent { link: 39, through: Seq(99) }), []);
}

#[test]
fn a_nack_goes_back_once() {
    let p = at(2, 31, 10, 1);
    let (mut s, _) = streaming(p, 10);
    s.handle(0, 0, p, Input::Sent { link: 40, through: Seq(30) });
    let nack = Down::Nack { link: 40, epoch: Epoch(2), expected: Seq(16) };
    assert_eq!(s.handle(1, 0, p, down(&nack)), [Action::MarkAcked { epoch: Epoch(2), through: Seq(15) }, batch(16, 30)]);
    assert_eq!(s.handle(1, 0, p, down(&nack)), [], "the same gap is reported by every batch behind it");
    assert_eq!(s.handle(1, 0, p, down(&ack(25))), [Action::MarkAcked { epoch: Epoch(2), through: Seq(25) }]);
}

#[test]
fn a_nack_while_a_batch_goes_out_is_not_forgotten() {
    let p = at(2, 111, 10, 1);
    let (mut s, _) = streaming(p, 10);
    s.handle(0, 0, p, Input::Sent { link: 40, through: Seq(20) });
    assert_eq!(s.handle(1, 0, p, down(&Down::Nack { link: 40, epoch: Epoch(2), expected: Seq(11) })), []);
    assert_eq!(s.handle(1, 0, p, Input::Sent { link: 40, through: Seq(40) }), [batch(11, 74)]);
}

#[test]
fn silence_leads_to_a_hello_and_no_progress_to_a_new_connection() {
    let p = at(2, 21, 10, 1);
    let (mut s, _) = streaming(p, 10);
    s.handle(0, 0, p, Input::Sent { link: 40, through: Seq(20) });
    assert_eq!(s.handle(99, 0, p, Input::Tick), []);
    assert!(hails(&s.handle(200, 0, p, Input::Tick)));
    let mut now = 200;
    let mut attempt = 2;
    let last = loop {
        now = s.deadline().unwrap().max(now);
        let actions = s.handle(now, 0, p, Input::Tick);
        if !hails(&actions) {
            break actions;
        }
        attempt += 1;
    };
    assert_eq!(last[0], Action::Reconnect);
    assert!((1000..2500).contains(&now) && attempt > 4, "{now} {attempt}");
    assert_eq!(s.handle(now, 0, p, Input::Disconnected), [], "that was asked for");
    assert_eq!(s.handle(now + 1000, 0, p, Input::Tick), [Action::Connect]);
}

#[test]
fn failed_connections_are_tried_again_after_longer_random_waits() {
    let p = at(0, 1, 0, 1);
    let mut s = Sender::new(7, T);
    let mut waits = vec![];
    for _ in 0..6 {
        let now = s.deadline().unwrap();
        assert_eq!(s.handle(now, u64::MAX, p, Input::Tick), [Action::Connect]);
        s.handle(now, 1600 + 101 * 201 * 401 * 801 * 1001, p, Input::Disconnected);
        waits.push(s.deadline().unwrap() - now);
    }
    assert!(waits.iter().all(|w| *w <= 1000), "{waits:?}");
    let mut stuck = Sender::new(7, T);
    stuck.handle(0, 0, p, Input::Tick);
    assert_eq!(stuck.handle(500, 0, p, Input::Tick), [Action::Reconnect], "a connection that neither comes nor fails");
}

#[test]
fn another_fact_at_the_hubs_head_asks_for_a_new_epoch() {
    let p = at(2, 21, 10, 1);
    let mut s = Sender::new(7, T);
    s.handle(0, 0, p, Input::Connected);
    let w = welcome(1, 2, 15);
    assert_eq!(s.wanted(p, &w), Some(Seq(15)));
    let actions = s.handle(0, 0, p, Input::Down { message: &w, mine: Some(ScanId(999)) });
    assert_eq!(actions[0], Action::Diverged { epoch: Epoch(2), at: Seq(15) });
    assert!(matches!(actions[1], Action::SendHello(Hail { diverged: true, attempt: 2, .. })));
    assert_eq!(s.handle(0, 0, p, down(&welcome(2, 2, 15))), [], "the same epoch is no answer to that");
    let actions = s.handle(0, 0, p, down(&welcome(2, 3, 0)));
    assert_eq!(actions, [Action::Settle { epoch: Epoch(3), committed: Seq(0) }]);
    let rekeyed = at(3, 21, 0, 1);
    let actions = s.handle(0, 0, rekeyed, Input::Settled);
    assert_eq!(actions[0], Action::SendBatch { link: 40, epoch: Epoch(3), first: Seq(1), last: Seq(20) });
}

#[test]
fn a_head_that_the_edge_cannot_compare_counts_as_another() {
    let p = at(2, 21, 15, 16);
    let mut s = Sender::new(7, T);
    s.handle(0, 0, p, Input::Connected);
    let actions = s.handle(0, 0, p, Input::Down { message: &welcome(1, 2, 15), mine: None });
    assert!(matches!(actions[0], Action::Diverged { .. }));
}

#[test]
fn a_restored_hub_gets_what_is_kept_and_hears_of_what_is_not() {
    let p = at(2, 41, 30, 21);
    let (_, actions) = streaming(p, 25);
    assert_eq!(actions[0], batch(26, 40), "acked rows are kept for this");
    let mut s = Sender::new(7, T);
    s.handle(0, 0, p, Input::Connected);
    let actions = s.handle(0, 0, p, down(&welcome(1, 2, 19)));
    assert!(matches!(actions[..], [Action::SendHello(Hail { attempt: 2, diverged: false, oldest_kept: Seq(21), .. })]), "{actions:?}");
}

#[test]
fn rows_dropped_between_hello_and_the_welcome_to_a_new_epoch_are_told_first() {
    let mut s = Sender::new(7, T);
    s.handle(0, 0, at(2, 41, 30, 21), Input::Connected);
    let p = at(2, 41, 30, 25);
    let actions = s.handle(0, 0, p, down(&welcome(1, 3, 0)));
    assert!(matches!(actions[..], [Action::SendHello(Hail { attempt: 2, oldest_kept: Seq(25), epoch: Epoch(2), .. })]), "{actions:?}");
    assert_eq!(s.handle(0, 0, p, down(&welcome(2, 4, 0))), [Action::Settle { epoch: Epoch(4), committed: Seq(0) }]);
}

#[test]
fn a_hub_that_went_back_on_a_living_link_is_asked_where_it_is() {
    let p = at(2, 41, 30, 1);
    let (mut s, _) = streaming(p, 30);
    assert!(hails(&s.handle(1, 0, p, down(&Down::Nack { link: 40, epoch: Epoch(2), expected: Seq(11) }))));
    let (mut s, _) = streaming(p, 30);
    assert!(hails(&s.handle(1, 0, p, down(&ack(99)))), "an ack of what was never sent");
}

#[test]
fn an_ack_may_come_before_the_shell_has_said_what_it_sent() {
    let p = at(2, 41, 30, 1);
    let (mut s, _) = streaming(p, 30);
    assert_eq!(s.handle(1, 0, p, down(&ack(40))), [Action::MarkAcked { epoch: Epoch(2), through: Seq(40) }]);
    let more = at(2, 43, 40, 1);
    assert_eq!(s.handle(1, 0, more, Input::Committed), []);
    assert_eq!(s.handle(2, 0, more, Input::Sent { link: 40, through: Seq(40) }), [batch(41, 42)]);
}

#[test]
fn a_window_of_nothing_pauses_and_is_asked_about() {
    let p = at(2, 41, 30, 1);
    let (mut s, _) = streaming(p, 30);
    s.handle(0, 0, p, Input::Sent { link: 40, through: Seq(40) });
    let paused = Down::Ack { link: 40, epoch: Epoch(2), committed: Seq(40), window: 0 };
    assert_eq!(s.handle(1, 0, p, down(&paused))[1], Action::Link(LinkState::Paused));
    let more = at(2, 51, 40, 1);
    assert_eq!(s.handle(2, 0, more, Input::Committed), []);
    assert_eq!(s.handle(150, 0, more, Input::Tick), []);
    assert!(hails(&s.handle(400, 0, more, Input::Tick)));
}

#[test]
fn a_refusal_is_shown_and_asked_about_again() {
    let p = at(2, 41, 30, 1);
    let mut s = Sender::new(7, T);
    s.handle(0, 0, p, Input::Connected);
    let refused = Down::Refused { session: 7, reason: Refusal::Disabled };
    assert_eq!(s.handle(1, 0, p, down(&refused)), [Action::Link(LinkState::Refused(Refusal::Disabled))]);
    assert_eq!(s.handle(4000, 0, p, Input::Tick), []);
    assert!(hails(&s.handle(10_001, 0, p, Input::Tick)));
}

#[test]
fn a_quiet_link_says_hello_now_and_then() {
    let p = at(2, 31, 30, 1);
    let (mut s, actions) = streaming(p, 30);
    assert_eq!(actions, [Action::Link(LinkState::Online)]);
    assert_eq!(s.handle(9000, 0, p, Input::Tick), []);
    assert!(hails(&s.handle(15_000, 0, p, Input::Tick)));
}

#[test]
fn two_ends_that_misunderstand_each_other_do_not_shout() {
    let p = at(2, 41, 30, 1);
    let (mut s, _) = streaming(p, 30);
    let mut hellos = 0;
    while hails(&s.handle(1, 0, p, Input::Sent { link: 40, through: Seq(30) })) {
        hellos += 1;
        s.handle(1, 0, p, down(&welcome(1 + hellos, 2, 30)));
        s.handle(1, 0, p, Input::Settled);
    }
    assert_eq!(hellos, HURRIED_MOST);
    assert!(hails(&s.handle(60, 0, p, Input::Tick)));
}

#[test]
fn rows_that_are_gone_when_they_should_be_sent_lead_to_a_hello() {
    let p = at(2, 41, 30, 1);
    let (mut s, _) = streaming(p, 30);
    assert!(hails(&s.handle(1, 0, p, Input::Sent { link: 40, through: Seq(30) })));
}
