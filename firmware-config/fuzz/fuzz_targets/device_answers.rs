//! Any bytes as the answers of a device of any family: the conversation ends, and what it says of the device has no control characters.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qitao_firmware_config::family::families;
use qitao_firmware_config::plan::Kept;
use qitao_firmware_config::talk::{NoReply, Reply, Said, Status};
use qitao_firmware_config::{Conversation, Goal, Profiles};

fn answer(bytes: &[u8]) -> Result<Reply, NoReply> {
    let [what, rest @ ..] = bytes else { return Err(NoReply::Silent) };
    match what % 8 {
        0 => Err(NoReply::Silent),
        1 => Err(NoReply::Refused(*what)),
        2 => Ok(Reply::Done),
        3 => Ok(Reply::Parameters(rest.chunks_exact(3).map(|three| (u16::from_be_bytes([three[0], three[1]]), three[2])).collect())),
        4 | 5 => Ok(Reply::Line(rest.to_vec())),
        status => {
            let status = [Status::Done, Status::UnknownTag][usize::from(status - 6)];
            let said = rest.split(|byte| *byte == b';').map(|part| Said { text: String::from_utf8_lossy(part).into_owned(), status });
            Ok(Reply::Menu(said.collect()))
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let [family, rest @ ..] = data else { return };
    let family = &families()[usize::from(*family) % families().len()];
    let Some(profile) = Profiles::built_in().iter().find(|profile| profile.role == family.role) else { return };
    let mut conversation = Conversation::new(family, profile, Goal::Apply { permanent: true }, Kept::default());
    let mut answers = rest.chunks(24).map(answer);
    let mut steps = 0;
    while conversation.next().is_some() {
        conversation.answered(answers.next().unwrap_or(Err(NoReply::Silent)));
        steps += 1;
        assert!(steps < 50_000, "{} does not end", family.id);
    }
    for line in conversation.report().plan.lines {
        assert!(!line.wants.chars().any(char::is_control));
    }
});
