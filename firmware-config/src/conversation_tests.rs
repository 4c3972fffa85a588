//! Conversations with scripted devices of every family: they answer, refuse, repeat themselves, stay silent and go away.

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;

use super::*;
use crate::family::{Protocol, family};
use crate::talk::{Said, Status};
use crate::wanted::Profiles;

/// A device with two memories that speaks one protocol.
struct Device {
    family: &'static Family,
    in_force: BTreeMap<String, String>,
    flash: BTreeMap<String, String>,
    flash_writes: u64,
    /// Places that it refuses to change.
    stubborn: Vec<String>,
    heard: Vec<Request>,
}

impl Device {
    /// Fresh from the factory: it knows every place of the profile and holds something else than is wanted in those named.
    fn new(family_id: &str, differs: &[(&str, &str)]) -> Self {
        let family = family(family_id).unwrap();
        let (items, _) = family.items(&profile_for(family).set);
        let mut memory: BTreeMap<String, String> = items.into_iter().map(|item| (item.tag, item.raw)).collect();
        memory.extend(differs.iter().map(|(tag, raw)| ((*tag).to_owned(), (*raw).to_owned())));
        Self { family, in_force: memory.clone(), flash: memory, flash_writes: 0, stubborn: vec![], heard: vec![] }
    }

    fn write(&mut self, tag: &str, raw: &str, permanent: bool) -> bool {
        if self.stubborn.iter().any(|stubborn| stubborn == tag) || !self.in_force.contains_key(tag) {
            return false;
        }
        self.in_force.insert(tag.to_owned(), raw.to_owned());
        if permanent {
            self.flash.insert(tag.to_owned(), raw.to_owned());
            self.flash_writes += 1;
        }
        true
    }

    fn menu(&mut self, line: &str, newland: bool) -> Reply {
        let (mark, commands) = if newland { line.split_at(1) } else { (&line[line.len() - 1..], &line[..line.len() - 1]) };
        let permanent = mark == "." || mark == "@";
        let said = commands.split(';').map(|command| {
            let (tag, value) = command.split_at(6);
            let status = |done| if done { Status::Done } else { Status::BadValue };
            if value == "?" || value == "*" {
                let memory = if permanent && !newland { &self.flash } else { &self.in_force };
                return match memory.get(tag) {
                    Some(raw) => Said { text: format!("{tag}{raw}"), status: Status::Done },
                    None => Said { text: command.to_owned(), status: Status::UnknownTag },
                };
            }
            let done = match tag {
                "SUFCA2" => self.write("SUFBK2", "", false),
                "PRECA2" => self.write("PREBK2", "", false),
                tag => self.write(tag, value, permanent),
            };
            Said { text: command.to_owned(), status: status(done) }
        });
        Reply::Menu(said.collect())
    }

    fn answer(&mut self, request: &Request) -> Result<Reply, NoReply> {
        self.heard.push(request.clone());
        match (self.family.protocol, request) {
            (Protocol::HoneywellMenu, Request::Menu(line)) => Ok(self.menu(line, false)),
            (Protocol::NewlandUnified, Request::Menu(line)) => Ok(self.menu(line, true)),
            (Protocol::Ssi, Request::AskParameters(numbers)) => {
                let value = |number: &u16| Some((*number, self.in_force.get(&number.to_string())?.parse().unwrap()));
                Ok(Reply::Parameters(numbers.iter().filter_map(value).collect()))
            }
            (Protocol::Ssi, Request::SetParameters { permanent, parameters }) => {
                let all = parameters.iter().all(|(number, value)| self.write(&number.to_string(), &value.to_string(), *permanent));
                if all { Ok(Reply::Done) } else { Err(NoReply::Refused(6)) }
            }
            (Protocol::DatalogicService, Request::Service(command)) => Ok(Reply::Line(self.service(command).into_bytes())),
            (Protocol::Sgd, Request::Line { line, .. }) => {
                let parts: Vec<&str> = line.split('"').collect();
                if line.starts_with("! U1 getvar") {
                    let value = self.in_force.get(parts[1]).map_or("?", String::as_str);
                    return Ok(Reply::Line(format!("\"{value}\"").into_bytes()));
                }
                self.write(parts[1], parts[3], true);
                Ok(Reply::Done)
            }
            (Protocol::Tspl, Request::Line { line, answered: true }) => {
                let tag = line.trim_start_matches("OUT GETSETTING$(").trim_end_matches(")\r\n").replace('"', "");
                Ok(Reply::Line(format!("{}\r\n", self.in_force.get(&tag).cloned().unwrap_or_default()).into_bytes()))
            }
            (Protocol::Tspl, Request::Line { line, answered: false }) => {
                if let Some(density) = line.strip_prefix("DENSITY ") {
                    self.write("CONFIG,TSPL,DENSITY", density.trim(), true);
                }
                Ok(Reply::Done)
            }
            (protocol, request) => panic!("{protocol:?} does not speak {request:?}"),
        }
    }

    fn service(&mut self, command: &str) -> String {
        match (command, command.get(..2), command.get(2..6)) {
            ("$S" | "$s" | "$r01", ..) => "$>\r".into(),
            ("$Ar", ..) => {
                self.flash.clone_from(&self.in_force);
                self.flash_writes += 1;
                "$>\r".into()
            }
            (_, Some("$c"), Some(tag)) => self.in_force.get(tag).map_or_else(|| "$@\r".into(), |raw| format!("$>{raw}\r")),
            (_, Some("$C"), Some(tag)) => if self.write(tag, &command[6..], false) { "$>\r" } else { "$@\r" }.into(),
            _ => "$@\r".into(),
        }
    }
}

fn profile_for(family: &Family) -> SettingsProfile {
    Profiles::built_in().iter().find(|profile| profile.role == family.role).unwrap().clone()
}

fn talk_with(device: &mut Device, goal: Goal, kept: Kept) -> Report {
    let mut conversation = Conversation::new(device.family, &profile_for(device.family), goal, kept);
    for _ in 0..1000 {
        let Some(request) = conversation.next() else { return conversation.report() };
        let answer = device.answer(&request);
        conversation.answered(answer);
    }
    panic!("it does not end");
}

const VOLATILE: Goal = Goal::Apply { permanent: false };
const FOR_GOOD: Goal = Goal::Apply { permanent: true };

/// A place of each family that can differ, with a value that is not wanted.
const PLACES: [(&str, &str, &str); 6] = [
    ("honeywell", "SUFBK2", "990D0A"),
    ("newland", "128ENA", "0"),
    ("zebra-ssi", "45", "0"),
    ("datalogic", "AIEN", "00"),
    ("zpl", "print.tone", "5.0"),
    ("tspl", "CONFIG,TSPL,DENSITY", "1"),
];

#[test]
fn a_device_that_is_right_is_left_alone_in_every_family() {
    for (id, ..) in PLACES {
        let mut device = Device::new(id, &[]);
        let report = talk_with(&mut device, Goal::Look, Kept::default());
        assert!(report.plan.holds() && report.trouble.is_none(), "{id}: {report:?}");
        assert_eq!(device.flash_writes, 0);
    }
}

#[test]
fn a_difference_is_planned_set_and_verified_in_every_family() {
    for (id, place, wrong) in PLACES {
        let mut device = Device::new(id, &[(place, wrong)]);
        let planned = talk_with(&mut device, Goal::Look, Kept::default());
        let drift: Vec<&str> = planned.plan.drift().map(|(line, _)| line.tag.as_str()).collect();
        assert_eq!(drift, [place], "{id}");
        assert_eq!(device.in_force[place], wrong, "a plan changes nothing");
        let applied = talk_with(&mut device, FOR_GOOD, Kept::default());
        assert!(applied.trouble.is_none() && applied.plan.holds(), "{id}: {applied:?}");
        let line = applied.plan.lines.iter().find(|line| line.tag == place).unwrap();
        assert_eq!(line.done, Done::Kept, "{id}");
        assert!(talk_with(&mut device, Goal::Look, Kept::default()).plan.holds(), "{id}");
        assert_ne!(device.flash[place], wrong, "{id}");
        let unreadable = applied.plan.lines.iter().filter(|line| line.done == Done::Sent).count() as u64;
        assert_eq!(applied.flash_writes, applied.kept.flash_writes);
        // What cannot be read is not simulated as a place of the device, so its writes show only in the count.
        assert!(device.flash_writes <= applied.flash_writes && applied.flash_writes <= device.flash_writes + unreadable, "{id}");
    }
}

#[test]
fn without_being_asked_nothing_is_written_for_good() {
    for (id, place, wrong) in PLACES {
        let mut device = Device::new(id, &[(place, wrong)]);
        let report = talk_with(&mut device, VOLATILE, Kept::default());
        if device.family.volatile {
            assert_eq!(report.plan.lines.iter().find(|line| line.tag == place).unwrap().done, Done::Set, "{id}");
            assert_ne!(device.in_force[place], wrong);
            assert_eq!((device.flash[place].as_str(), device.flash_writes, report.flash_writes), (wrong, 0, 0), "{id}");
        } else {
            assert_eq!(report.trouble, Some(Trouble::AskForPermanent), "{id}");
            assert!(device.heard.is_empty());
        }
    }
}

#[test]
fn flash_is_written_once_and_never_again_for_what_is_there() {
    // Honeywell can be asked what its flash holds: only the place that differs there is written.
    let mut device = Device::new("honeywell", &[("E13ENA", "0")]);
    let first = talk_with(&mut device, FOR_GOOD, Kept::default());
    assert_eq!((first.flash_writes, device.flash_writes), (1, 1));
    let again = talk_with(&mut device, FOR_GOOD, first.kept);
    assert_eq!((again.flash_writes, device.flash_writes, again.kept.flash_writes), (0, 1, 1));
    // In force it is right, but only until the power goes: this is found and kept too.
    device.flash.insert("QRCENA".into(), "0".into());
    let third = talk_with(&mut device, FOR_GOOD, again.kept);
    assert_eq!((third.flash_writes, device.flash["QRCENA"].as_str()), (1, "1"));

    // Zebra tells only what is in force: everything is written for good once, and then it is remembered.
    let mut device = Device::new("zebra-ssi", &[]);
    let first = talk_with(&mut device, FOR_GOOD, Kept::default());
    assert!(first.flash_writes > 5 && first.flash_writes == device.flash_writes);
    assert_eq!(talk_with(&mut device, FOR_GOOD, first.kept).flash_writes, 0);

    // Datalogic keeps everything with one write at the end, also what was only in force until then.
    let mut device = Device::new("datalogic", &[("AIEN", "00")]);
    let first = talk_with(&mut device, VOLATILE, Kept::default());
    assert_eq!(device.flash["AIEN"], "00");
    let kept = talk_with(&mut device, FOR_GOOD, first.kept);
    assert_eq!((kept.flash_writes, device.flash["AIEN"].as_str()), (1, "01"));
    assert_eq!(talk_with(&mut device, FOR_GOOD, kept.kept).flash_writes, 0);
    let mut device = Device::new("datalogic", &[("AIEN", "00"), ("C8EN", "00")]);
    assert_eq!((talk_with(&mut device, FOR_GOOD, Kept::default()).flash_writes, device.flash_writes), (1, 1));
}

#[test]
fn what_the_device_refuses_or_does_not_know_is_told_and_the_rest_is_done() {
    for (id, place, wrong) in [PLACES[0], PLACES[1], PLACES[2], PLACES[3]] {
        let missing = Device::new(id, &[]).in_force.keys().find(|tag| *tag != place).unwrap().clone();
        let mut device = Device::new(id, &[(place, wrong)]);
        device.in_force.remove(&missing);
        device.stubborn.push(place.to_owned());
        let report = talk_with(&mut device, VOLATILE, Kept::default());
        let line = |tag: &str| report.plan.lines.iter().find(|line| line.tag == tag).unwrap();
        assert_eq!(line(place).done, Done::Refused, "{id}");
        assert_eq!((line(&missing).state.clone(), report.trouble), (State::Unknown, None), "{id}");
        assert!(!report.plan.holds());
    }
}

#[test]
fn a_printer_that_takes_a_command_and_does_something_else_is_found_out() {
    let mut device = Device::new("zpl", &[("print.tone", "5.0")]);
    device.stubborn.push("print.tone".into());
    let report = talk_with(&mut device, FOR_GOOD, Kept::default());
    let tone = report.plan.lines.iter().find(|line| line.tag == "print.tone").unwrap();
    // 5.0 of 30 are 16.666 %.
    assert_eq!(tone.done, Done::NotTaken { holds: "16.666".into() });
    assert_eq!(report.plan.drift().count(), 1);
}

#[test]
fn a_family_that_cannot_be_asked_is_told_everything_and_says_so() {
    let family = family("tspl-clone").unwrap();
    let mut conversation = Conversation::new(family, &profile_for(family), FOR_GOOD, Kept::default());
    let mut sent = Vec::new();
    while let Some(request) = conversation.next() {
        let Request::Line { line, answered: false } = request else { panic!("{request:?}") };
        sent.push(line);
        conversation.answered(Ok(Reply::Done));
    }
    assert_eq!(sent, ["DENSITY 9\r\n", "SPEED 4.0\r\n", "SET TEAR ON\r\n", "SET RIBBON OFF\r\n"]);
    let report = conversation.report();
    assert!(report.plan.lines.iter().all(|line| line.done == Done::Sent && line.state == State::Unreadable));
    assert_eq!(report.flash_writes, 4);
    let look = Conversation::new(family, &profile_for(family), Goal::Look, Kept::default());
    assert_eq!(look.next(), None, "there is nothing to ask");
}

#[test]
fn a_silent_device_is_asked_a_few_times_and_then_left() {
    for (id, ..) in PLACES {
        let family = family(id).unwrap();
        let mut conversation = Conversation::new(family, &profile_for(family), Goal::Look, Kept::default());
        let mut asked = 0;
        while conversation.next().is_some() {
            asked += 1;
            conversation.answered(Err(NoReply::Silent));
        }
        // Two questions, three times each; Datalogic is asked to enter the service mode, and told to leave it whether or not it is in it.
        assert_eq!(asked, 6, "{id}");
        let report = conversation.report();
        assert_eq!(report.trouble, Some(Trouble::Silent));
        assert!(!report.plan.holds());
    }
}

#[test]
fn a_device_that_is_silent_about_one_thing_is_asked_the_rest() {
    // Zebra printers do not answer at all about some names.
    let mut device = Device::new("zpl", &[("print.tone", "5.0")]);
    let mut conversation = Conversation::new(device.family, &profile_for(device.family), Goal::Look, Kept::default());
    while let Some(request) = conversation.next() {
        let about_speed = matches!(&request, Request::Line { line, .. } if line.contains("media.speed"));
        let answer = if about_speed { Err(NoReply::Silent) } else { device.answer(&request) };
        conversation.answered(answer);
    }
    let report = conversation.report();
    assert_eq!((report.trouble, report.plan.drift().count()), (None, 1));
    assert!(report.plan.lines.iter().any(|line| line.tag == "media.speed" && line.state == State::Unanswered));
}

#[test]
fn one_lost_answer_costs_one_question_and_nothing_else() {
    for (id, place, wrong) in PLACES {
        for lost in 0..40 {
            let mut device = Device::new(id, &[(place, wrong)]);
            let mut conversation = Conversation::new(device.family, &profile_for(device.family), FOR_GOOD, Kept::default());
            let mut step = 0;
            while let Some(request) = conversation.next() {
                // The device heard it; only its answer is lost.
                let answer = device.answer(&request);
                conversation.answered(if step == lost { Err(NoReply::Silent) } else { answer });
                step += 1;
                assert!(step < 200, "{id} {lost}");
            }
            let report = conversation.report();
            assert!(report.trouble.is_none() && report.plan.holds(), "{id} {lost}: {report:?}");
            assert!(report.flash_writes >= device.flash_writes, "{id} {lost}: a write that may have been made is counted");
        }
    }
}

/// A conversation in which some answers are changed on their way; the device heard what was asked.
fn changed_on_the_way(
    device: &mut Device,
    goal: Goal,
    change: impl Fn(&Request, Result<Reply, NoReply>) -> Result<Reply, NoReply>,
) -> Report {
    let mut conversation = Conversation::new(device.family, &profile_for(device.family), goal, Kept::default());
    for _ in 0..1000 {
        let Some(request) = conversation.next() else { return conversation.report() };
        let answer = device.answer(&request);
        conversation.answered(change(&request, answer));
    }
    panic!("it does not end");
}

fn is_kept_by_honeywell(request: &Request) -> bool {
    matches!(request, Request::Menu(line) if line.ends_with('.') && !line.contains('?'))
}

#[test]
fn what_the_flash_does_not_take_is_written_a_few_times_and_no_more() {
    let mut device = Device::new("honeywell", &[("E13ENA", "0")]);
    let mut conversation = Conversation::new(device.family, &profile_for(device.family), FOR_GOOD, Kept::default());
    let mut steps = 0;
    while let Some(request) = conversation.next() {
        // It answers whatever it is asked, and neither hears nor answers what is to be kept.
        let answer = if is_kept_by_honeywell(&request) { Err(NoReply::Silent) } else { device.answer(&request) };
        conversation.answered(answer);
        steps += 1;
        assert!(steps < 200, "it does not end");
    }
    let report = conversation.report();
    let line = report.plan.lines.iter().find(|line| line.tag == "E13ENA").unwrap();
    assert_eq!((report.trouble, report.flash_writes, &line.done), (None, 3, &Done::NotTaken { holds: "off".into() }));
}

#[test]
fn a_change_is_looked_for_and_not_repeated_when_the_answer_is_another_ones() {
    for (id, place, wrong) in [PLACES[0], PLACES[1], PLACES[2], PLACES[3]] {
        let family = family(id).unwrap();
        let mut device = Device::new(id, &[(place, wrong)]);
        let late = Reply::Menu(vec![Said { text: "REVINF".into(), status: Status::Done }]);
        let report = changed_on_the_way(&mut device, FOR_GOOD, |request, answer| {
            let is_change = match request {
                Request::Menu(line) => !line.contains(['?', '*']),
                Request::SetParameters { permanent, .. } => !permanent,
                Request::Service(command) => command.starts_with("$C"),
                _ => false,
            };
            // Newland cannot be asked what is kept, so that what it says of a write for good is all there is.
            if is_change && !matches!(request, Request::Menu(line) if line.starts_with('@')) { Ok(late.clone()) } else { answer }
        });
        assert!(report.trouble.is_none() && report.plan.holds(), "{id}: {report:?}");
        let changes = device.heard.iter().filter(|request| **request == talk::set(family.protocol, &wanted(family, place), false)).count();
        assert_eq!((changes, report.flash_writes), (1, device.flash_writes), "{id}");
    }
}

#[test]
fn a_change_that_was_made_without_an_answer_is_not_given_up_when_the_device_is_left() {
    let mut device = Device::new("datalogic", &[("AIEN", "00")]);
    let report = changed_on_the_way(&mut device, VOLATILE, |request, answer| match request {
        Request::Service(command) if command.starts_with("$C") => Err(NoReply::Silent),
        _ => answer,
    });
    assert!(report.trouble.is_none() && report.plan.holds(), "{report:?}");
    assert_eq!(device.heard.last(), Some(&Request::Service("$r01".into())));
}

fn wanted(family: &Family, place: &str) -> Item {
    family.items(&profile_for(family).set).0.into_iter().find(|item| item.tag == place).unwrap()
}

#[test]
fn a_scanner_that_cannot_be_left_with_its_changes_is_left_without_and_nothing_is_claimed() {
    let is = |request: &Request, command: &str| matches!(request, Request::Service(said) if said.starts_with(command));
    let refused = Ok(Reply::Line(b"$@\r".to_vec()));
    for (nth, (fails, answer, trouble)) in [
        ("$Ar", refused, Trouble::Refused),
        ("$Ar", Err(NoReply::Silent), Trouble::Silent),
        // It falls silent after the first change.
        ("$c3BEN", Err(NoReply::Silent), Trouble::Silent),
    ]
    .into_iter()
    .enumerate()
    {
        let mut device = Device::new("datalogic", &[("C8EN", "00"), ("3BEN", "00")]);
        let changed = std::cell::Cell::new(false);
        let report = changed_on_the_way(&mut device, FOR_GOOD, |request, said| {
            changed.set(changed.get() || is(request, "$C3BEN"));
            if changed.get() && is(request, fails) { answer.clone() } else { said }
        });
        assert_eq!((device.heard.last(), report.trouble), (Some(&Request::Service("$s".into())), Some(trouble)), "{nth}");
        let claimed: Vec<&str> = report.plan.lines.iter().filter(|line| line.done != Done::Nothing).map(|line| line.tag.as_str()).collect();
        assert!(claimed.is_empty() && report.plan.drift().count() == 2, "{nth}: {claimed:?}");
    }
}

#[test]
fn a_device_that_repeats_its_answers_confuses_nobody() {
    for (id, place, wrong) in [PLACES[0], PLACES[1], PLACES[2]] {
        let mut device = Device::new(id, &[(place, wrong)]);
        let mut conversation = Conversation::new(device.family, &profile_for(device.family), VOLATILE, Kept::default());
        // Every answer comes twice; the second one when the next question is already on its way.
        let mut line: VecDeque<Reply> = VecDeque::new();
        let mut steps = 0;
        while let Some(request) = conversation.next() {
            steps += 1;
            assert!(steps < 500, "{id}");
            if let Ok(answer) = device.answer(&request) {
                line.extend([answer.clone(), answer]);
            }
            while let Some(answer) = line.pop_front() {
                conversation.answered(Ok(answer));
                if conversation.next().as_ref() != Some(&request) {
                    break;
                }
            }
        }
        let report = conversation.report();
        assert!(report.trouble.is_none() && report.plan.holds(), "{id}: {report:?}");
    }
}

#[test]
fn a_device_that_goes_away_ends_it_at_any_moment() {
    for (id, place, wrong) in PLACES {
        for gone in 0..12 {
            let mut device = Device::new(id, &[(place, wrong)]);
            let mut conversation = Conversation::new(device.family, &profile_for(device.family), FOR_GOOD, Kept::default());
            let mut step = 0;
            while let Some(request) = conversation.next() {
                let answer = device.answer(&request);
                conversation.answered(if step == gone { Err(NoReply::Gone) } else { answer });
                step += 1;
            }
            let report = conversation.report();
            assert_eq!(report.trouble, (step == gone + 1).then_some(Trouble::Gone), "{id} {gone}");
            assert!(report.flash_writes >= device.flash_writes, "{id} {gone}");
        }
    }
}

#[test]
fn a_device_that_talks_without_end_is_given_up() {
    let family = family("honeywell").unwrap();
    let mut conversation = Conversation::new(family, &profile_for(family), Goal::Look, Kept::default());
    let mut asked = 0;
    while conversation.next().is_some() {
        asked += 1;
        conversation.answered(Ok(Reply::Menu(vec![Said { text: "REVINF".into(), status: Status::Done }])));
    }
    assert_eq!(conversation.report().trouble, Some(Trouble::Silent));
    assert!(asked <= 48, "{asked}");
}

fn any_answer() -> impl Strategy<Value = Result<Reply, NoReply>> {
    let said = ("[A-Z0-9?*]{0,12}", 0..3u8).prop_map(|(text, status)| {
        let status = [Status::Done, Status::UnknownTag, Status::BadValue][usize::from(status)];
        Said { text, status }
    });
    prop_oneof![
        prop::collection::vec(said, 0..7).prop_map(|said| Ok(Reply::Menu(said))),
        prop::collection::vec((any::<u16>(), any::<u8>()), 0..20).prop_map(|parameters| Ok(Reply::Parameters(parameters))),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(|line| Ok(Reply::Line(line))),
        "[$>\"0-9A-Z?@\r\n]{0,20}".prop_map(|line| Ok(Reply::Line(line.into_bytes()))),
        Just(Ok(Reply::Done)),
        Just(Err(NoReply::Silent)),
        any::<u8>().prop_map(|cause| Err(NoReply::Refused(cause))),
    ]
}

proptest! {
    #[test]
    fn whatever_a_device_says_the_conversation_ends_and_counts_its_writes(answers in prop::collection::vec(any_answer(), 1..60), permanent: bool) {
        for family in crate::family::families() {
            let goal = Goal::Apply { permanent: permanent || !family.volatile };
            let mut conversation = Conversation::new(family, &profile_for(family), goal, Kept::default());
            let (mut steps, mut writes) = (0, 0);
            while let Some(request) = conversation.next() {
                let for_good = match &request {
                    Request::Menu(line) => !line.contains(['?', '*']) && (line.ends_with('.') || line.starts_with('@')),
                    Request::SetParameters { permanent, .. } => *permanent,
                    Request::Service(command) => command == "$Ar",
                    Request::Line { answered, .. } => !answered,
                    Request::AskParameters(_) => false,
                };
                writes += u64::from(for_good);
                conversation.answered(answers[steps % answers.len()].clone());
                steps += 1;
                prop_assert!(steps < 20_000, "{} does not end", family.id);
            }
            let counted = conversation.report().flash_writes;
            prop_assert_eq!(counted, writes, "{}", family.id);
            prop_assert!(permanent || !family.volatile || counted == 0);
        }
    }
}
