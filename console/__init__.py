"""The web pages: coordinators' and the public's. The conversation as a page lives in `channels.web`."""
