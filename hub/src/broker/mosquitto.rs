//! Files of Mosquitto as external broker: who may log in, and who may speak and listen where.

use data_encoding::BASE64;
use pbkdf2::pbkdf2_hmac;
use sha2::Sha512;

/// As `mosquitto_passwd` writes it. What is hashed has 256 random bits, so that more rounds would only slow logins down.
const ROUNDS: u32 = 101;

/// What the password file keeps of a secret: PBKDF2 with SHA-512, Mosquitto's kind 7.
#[must_use]
pub fn hash(secret: &[u8]) -> String {
    salted(secret, &rand::random::<[u8; 12]>())
}

fn salted(secret: &[u8], salt: &[u8]) -> String {
    let mut kept = [0; 64];
    pbkdf2_hmac::<Sha512>(secret, salt, ROUNDS, &mut kept);
    format!("$7${ROUNDS}${}${}", BASE64.encode(salt), BASE64.encode(&kept))
}

/// A line of the password file.
#[must_use]
pub fn password_line(user: &str, hash: &str) -> String {
    format!("{user}:{hash}\n")
}

/// The file of rights: each edge on its own two topics, the hub on everybody's. It is the same for all edges, also for those to come.
#[must_use]
pub fn rights(hub: &str) -> String {
    format!(
        "# An edge speaks on its own topic and hears its own; %u is the user name, which is the edge id.\n\
         pattern write qitao/v1/%u/up\n\
         pattern read qitao/v1/%u/down\n\
         \n\
         user {hub}\n\
         topic read qitao/v1/+/up\n\
         topic write qitao/v1/+/down\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_what_mosquitto_passwd_writes() {
        // Made by `mosquitto_passwd -b` of Mosquitto 2.0.11 for the password "secret".
        let line =
            "edge-1:$7$101$eijSeEuKY9wlGAho$SxLhos4YYYswiecJpRqVhZL/LpsaU3Ybg+jDYk07V1bKtrt39YyjbYINp3dyJLYxFs2BBy+3zJ8qeHA1btZw0w==\n";
        let salt = BASE64.decode(line.split('$').nth(3).unwrap().as_bytes()).unwrap();
        assert_eq!(password_line("edge-1", &salted(b"secret", &salt)), line);
        assert_ne!(hash(b"secret"), hash(b"secret"));
    }

    #[test]
    fn the_shipped_rights_are_these() {
        assert_eq!(rights("qitao-hub"), include_str!("../../../deploy/mosquitto/qitao.acl"));
    }
}
