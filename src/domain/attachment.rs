//! Pictures that a shopper sends along.

use serde::{Deserialize, Serialize};

use super::ids::AttachmentId;

/// A picture as a message names it; its bytes are stored apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Unguessable: whoever has it may see the picture.
    pub attachment: AttachmentId,
    #[serde(rename = "type")]
    pub kind: ImageKind,
    pub bytes: u64,
}

impl Attachment {
    /// Where the picture is on this server.
    pub fn link(&self) -> String {
        format!("/attachments/{}", self.attachment)
    }
}

/// The kinds that every browser shows and that cannot hold a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImageKind {
    #[serde(rename = "image/png")]
    Png,
    #[serde(rename = "image/jpeg")]
    Jpeg,
    #[serde(rename = "image/gif")]
    Gif,
    #[serde(rename = "image/webp")]
    Webp,
}

impl ImageKind {
    /// What the bytes are by how they begin, whatever a sender calls them.
    /// Source: the signatures of RFC 2083, ITU-T T.81, GIF89a and RFC 9649.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
        match bytes {
            [..] if bytes.starts_with(PNG) && bytes.get(12..16) == Some(b"IHDR") => Some(Self::Png),
            [0xff, 0xd8, 0xff, _, ..] => Some(Self::Jpeg),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', _, ..] => Some(Self::Gif),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                b'V',
                b'P',
                b'8',
                _,
                ..,
            ] => Some(Self::Webp),
            _ => None,
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_picture_is_says_its_content() {
        let known: [(&[u8], ImageKind); 4] = [
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", ImageKind::Png),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", ImageKind::Jpeg),
            (b"GIF89a\x01\0", ImageKind::Gif),
            (b"RIFF\x24\0\0\0WEBPVP8 \0", ImageKind::Webp),
        ];
        for (bytes, kind) in known {
            assert_eq!(ImageKind::of(bytes), Some(kind));
            let word = serde_json::to_value(kind).unwrap();
            assert_eq!(word, kind.media_type());
        }
        for other in [
            &b""[..],
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"\x89PNG\r\n\x1a\n",
            b"RIFF\x24\0\0\0WAVEfmt ",
            b"%PDF-1.7",
            b"<html>GIF89a",
            b"\xff\xd8",
        ] {
            assert_eq!(ImageKind::of(other), None, "{other:?}");
        }
    }
}
