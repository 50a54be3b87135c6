//! `DATA/secret.key`: what customer tokens are signed with when nothing else is configured.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::domain::ids::Random;

const FILE: &str = "secret.key";
const BYTES: usize = 32;

/// The folder's secret, made at the first need. Processes that make it at once agree on one: the
/// file is written whole under another name first, and only one can take the final name.
pub fn of_folder(data: &Path, random: &Random) -> anyhow::Result<[u8; BYTES]> {
    let path = data.join(FILE);
    match fs::read(&path) {
        Ok(bytes) => whole(&path, &bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make(data, &path, random)?;
            whole(&path, &fs::read(&path)?)
        }
        Err(error) => Err(error).context(format!("cannot read {}", path.display())),
    }
}

fn make(data: &Path, path: &Path, random: &Random) -> anyhow::Result<()> {
    let draft = data.join(format!("{FILE}.{}", random.id("draft")));
    let made =
        write_private(&draft, &random.bytes::<BYTES>()).and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    match made {
        // Another process was faster; its secret is the one.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        other => other.with_context(|| format!("cannot make {}", path.display()))?,
    }
    removed.with_context(|| format!("cannot remove {}", draft.display()))
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file: File = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn whole(path: &Path, bytes: &[u8]) -> anyhow::Result<[u8; BYTES]> {
    match bytes.try_into() {
        Ok(secret) => Ok(secret),
        Err(_) => bail!(
            "{} has {} bytes where a secret has {BYTES}. Put the right file back, or remove it \
             and a new one is made; tokens signed with the old one then stop working",
            path.display(),
            bytes.len()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("attendant-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn all_who_start_at_once_have_one_secret_that_only_the_owner_reads() {
        let folder = folder("secret");
        let secrets: Vec<_> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| of_folder(&folder, &Random::Os).unwrap()))
                .collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(secrets.iter().all(|secret| *secret == secrets[0]));
        assert_ne!(secrets[0], [0; BYTES]);
        let files: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|f| f.unwrap().file_name())
            .collect();
        assert_eq!(files, ["secret.key"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(folder.join(FILE))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_damaged_secret_is_an_error_and_not_replaced() {
        let folder = folder("short-secret");
        fs::write(folder.join(FILE), b"short").unwrap();
        assert!(
            of_folder(&folder, &Random::Os)
                .unwrap_err()
                .to_string()
                .contains("5 bytes")
        );
        assert_eq!(fs::read(folder.join(FILE)).unwrap(), b"short");
        fs::remove_dir_all(folder).unwrap();
    }
}
