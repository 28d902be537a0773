import { subject, subjectRequest } from './session.js';

/// The tokens of the text that is looked at, through a `newest` so that only the last question counts.
export async function subjectTokens(newest) {
  const request = subjectRequest();
  if (!request.tokens) return (await newest.ask('/api/tokens', request))?.tokens ?? null;
  // The tokens of a generation are known by number; their texts come with any look inside.
  return (await newest.ask('/api/lens', { ...request, count: 1 }))?.tokens ?? null;
}

export const hasSubject = () => subject.get().text !== '' || subject.get().tokens?.length > 0;
