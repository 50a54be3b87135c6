//! What a shopper sends: a message with its pictures and the page it was written on, checked before
//! anything of it is stored.

use super::{Chat, ChatError};
use crate::domain::attachment::Attachment;
use crate::domain::event::{ShopperWords, ShopperWrote};
use crate::domain::ids::{AttachmentId, ConversationId, MessageId, ProductId, Sku};
use crate::domain::limits;
use crate::domain::page::{Page, PageCartLine, PageProduct};
use crate::store::StoreError;

/// A message as the client sends it.
#[derive(Clone, Debug, Default)]
pub struct Incoming {
    /// The client's own id: sent again, the message is the same one.
    pub client_id: Option<String>,
    pub text: String,
    /// Ids of pictures that were sent in this conversation before.
    pub attachments: Vec<String>,
    pub page: Option<PageSaid>,
}

impl Incoming {
    /// Words alone.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

/// Where the shopper was, as their page says; what of it makes no sense is left out, because it
/// only helps.
#[derive(Clone, Debug, Default)]
pub struct PageSaid {
    pub page: Option<String>,
    /// A product's id.
    pub product: Option<String>,
    /// Variants and their quantities.
    pub cart: Vec<(String, u32)>,
}

impl Chat {
    pub(super) async fn checked(
        &self,
        id: &ConversationId,
        incoming: Incoming,
    ) -> Result<ShopperWrote, ChatError> {
        // A NUL byte has no meaning in a message, and not every database stores one.
        let text = incoming.text.replace('\0', "");
        let text = text.trim();
        if text.is_empty() && incoming.attachments.is_empty() {
            return Err(ChatError::EmptyMessage);
        }
        if text.len() > limits::MESSAGE_BYTES_MAX {
            return Err(ChatError::MessageTooLong { bytes: text.len() });
        }
        check_client_id(incoming.client_id.as_deref())?;
        let attachments = self.sent_before(id, &incoming.attachments).await?;
        let page = match incoming.page {
            Some(said) => self.page(said).await?,
            None => None,
        };
        Ok(ShopperWrote {
            message: MessageId::new(self.assistant.parts.random.id("m")),
            client_id: incoming.client_id,
            private: Some(ShopperWords {
                text: text.to_owned(),
                attachments,
                page,
            }),
        })
    }

    /// The pictures with these ids, each once.
    async fn sent_before(
        &self,
        id: &ConversationId,
        ids: &[String],
    ) -> Result<Vec<Attachment>, ChatError> {
        if ids.len() > limits::IMAGES_PER_MESSAGE_MAX {
            return Err(ChatError::TooManyAttachments { count: ids.len() });
        }
        let mut attachments: Vec<Attachment> = Vec::new();
        for attachment in ids {
            let attachment = AttachmentId::new(attachment);
            let found = self.store().attachment_of(id, &attachment).await?;
            let found = found.ok_or(ChatError::AttachmentUnknown)?;
            if !attachments.contains(&found) {
                attachments.push(found);
            }
        }
        Ok(attachments)
    }

    async fn page(&self, said: PageSaid) -> Result<Option<Page>, StoreError> {
        let product = match said.product.filter(|id| is_an_id(id)) {
            Some(id) => self.store().product(&ProductId::new(id)).await?,
            None => None,
        };
        let lines = said.cart.into_iter();
        let page = Page {
            page: said
                .page
                .map(|title| one_line(&title))
                .filter(|title| !title.is_empty()),
            product: product.map(|product| PageProduct {
                product: product.id,
                title: product.title,
            }),
            cart: lines
                .filter(|(variant, quantity)| is_an_id(variant) && *quantity > 0)
                .take(limits::PAGE_CART_LINES_MAX)
                .map(|(variant, quantity)| PageCartLine {
                    variant: Sku::new(variant),
                    quantity: quantity.min(limits::LINE_QUANTITY_MAX),
                })
                .collect(),
        };
        Ok((page != Page::default()).then_some(page))
    }
}

pub(super) fn check_client_id(client_id: Option<&str>) -> Result<(), ChatError> {
    let bytes = client_id.map(str::len);
    match bytes {
        Some(bytes) if bytes == 0 || bytes > limits::CLIENT_ID_BYTES_MAX => {
            Err(ChatError::ClientId { bytes })
        }
        _ => Ok(()),
    }
}

fn is_an_id(text: &str) -> bool {
    !text.is_empty()
        && text.chars().count() <= limits::PAGE_ID_CHARS_MAX
        && !text.contains(char::is_control)
}

fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words
        .join(" ")
        .chars()
        .take(limits::PAGE_CHARS_MAX)
        .collect()
}
