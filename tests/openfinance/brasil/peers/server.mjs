// A bank: the certified oidc-provider with FAPI 1.0 as Open Finance Brasil profiles it, and behind
// it a Consents API that keeps its consents in memory. Configured by one JSON object on stdin; it
// writes its port to stdout and lives until stdin closes.
import { createHash, randomUUID } from 'node:crypto';
import https from 'node:https';

import Provider, { errors } from 'oidc-provider';

const input = await new Promise((resolve) => {
  let text = '';
  process.stdin.on('data', (chunk) => {
    text += chunk;
    if (text.includes('\n')) resolve(JSON.parse(text));
  });
});
process.stdin.on('close', () => process.exit(0));

const RESOURCE = 'https://bank.example';
const consents = new Map();
const grants = new Map();
let issuer;

const answer = (response, status, body, headers = {}) => {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
};
const read = async (request) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
};
const granted = ({ entities }) => entities.RefreshToken ?? entities.AuthorizationCode;
const idOf = (scope) => scope.split(' ').find((s) => s.startsWith('consent:'))?.slice(8);
const now = () => new Date().toISOString().replace(/\.\d+/, '');

const PS256 = ['PS256'];
const configuration = {
  acrValues: ['urn:brasil:openbanking:loa2', 'urn:brasil:openbanking:loa3'],
  clientAuthMethods: ['private_key_jwt'],
  clients: [{ ...input.client, client_id: 'receiver', jwks: input.jwks }],
  cookies: { keys: ['only for tests'] },
  enabledJWA: {
    authorizationSigningAlgValues: PS256,
    clientAuthSigningAlgValues: PS256,
    idTokenEncryptionAlgValues: ['RSA-OAEP'],
    idTokenEncryptionEncValues: ['A256GCM'],
    idTokenSigningAlgValues: PS256,
    requestObjectEncryptionAlgValues: ['RSA-OAEP'],
    requestObjectEncryptionEncValues: ['A256GCM'],
    requestObjectSigningAlgValues: PS256,
  },
  expiresWithSession: () => false,
  extraClientMetadata: {
    properties: ['software_statement'],
    validator(ctx, key, value, metadata) {
      const isDynamic = metadata.client_id !== 'receiver';
      if (isDynamic && !value) throw new errors.InvalidClientMetadata('no software statement');
    },
  },
  features: {
    claimsParameter: { enabled: true },
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    encryption: { enabled: true },
    fapi: { enabled: true, profile: '1.0 Final' },
    mTLS: {
      enabled: true,
      certificateBoundAccessTokens: true,
      getCertificate: (ctx) => ctx.socket.getPeerX509Certificate(),
    },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    registration: { enabled: true, idFactory: () => `dynamic-${randomUUID()}` },
    requestObjects: { enabled: true, requireSignedRequestObject: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      // Scopes name consents, so that no list of them can be written down.
      getResourceServerInfo: ({ oidc }) => ({
        accessTokenFormat: 'opaque',
        scope: granted(oidc)?.scope ?? oidc.params.scope ?? '',
      }),
      useGrantedResource: () => true,
    },
  },
  // Without its guard against private addresses: the receiver's keys are served on this one.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  issueRefreshToken: () => true,
  jwks: input.serverKeys,
  pkce: { required: () => true },
  responseTypes: ['code id_token'],
  rotateRefreshToken: false,
  scopes: ['openid', 'consents', ...input.scopes],
  subjectTypes: ['public'],
  ttl: {
    AccessToken: 900,
    ClientCredentials: 900,
    Grant: 86400,
    IdToken: 300,
    Interaction: 600,
    PushedAuthorizationRequest: 60,
    RefreshToken: 86400,
    Session: 600,
  },
};

const decide = async (provider, request, response, decision) => {
  const { params } = await provider.interactionDetails(request, response);
  const consent = consents.get(idOf(params.scope));
  if (decision !== 'approve') {
    Object.assign(consent, {
      status: 'REJECTED',
      rejection: { rejectedBy: 'USER', reason: { code: 'CUSTOMER_MANUALLY_REJECTED' } },
    });
    const refusal = { error: 'access_denied', error_description: 'said no' };
    return provider.interactionFinished(request, response, refusal);
  }
  consent.status = 'AUTHORISED';
  const grant = new provider.Grant({ accountId: 'customer', clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  grant.addResourceScope(RESOURCE, params.scope);
  return provider.interactionFinished(request, response, {
    consent: { grantId: await grant.save() },
    login: { accountId: 'customer', acr: 'urn:brasil:openbanking:loa2' },
  });
};

const refuse = (response, status, code) =>
  answer(response, status, {
    errors: [{ code, title: code, detail: code }],
    meta: { requestDateTime: now() },
  });

const authorised = async (provider, request, scope) => {
  const value = (request.headers.authorization ?? '').replace(/^Bearer /, '');
  const token =
    (await provider.ClientCredentials.find(value)) ?? (await provider.AccessToken.find(value));
  const certificate = request.socket.getPeerX509Certificate();
  const thumbprint =
    certificate && createHash('sha256').update(certificate.raw).digest('base64url');
  return token?.['x5t#S256'] === thumbprint && (token?.scope ?? '').split(' ').includes(scope);
};

const serve = async (provider, request, response, path) => {
  const interaction = request.headers['x-fapi-interaction-id'];
  if (!interaction) {
    response.setHeader('x-fapi-interaction-id', randomUUID());
    return refuse(response, 400, 'INTERACTION_ID');
  }
  response.setHeader('x-fapi-interaction-id', interaction);
  const [id, part] = path.split('/').slice(1).map(decodeURIComponent);
  const scope = part === 'extends' ? `consent:${id}` : 'consents';
  if (!(await authorised(provider, request, scope))) return refuse(response, 401, 'TOKEN');
  const data = request.method === 'POST' ? JSON.parse(await read(request)).data : {};
  const show = (consent, status) =>
    answer(response, status, {
      data: consent,
      links: { self: `${issuer}/consents/${encodeURIComponent(consent.consentId)}` },
      meta: { requestDateTime: now() },
    });
  if (!id) {
    const consent = {
      consentId: `urn:bank:${randomUUID()}/a?b#c%20`,
      creationDateTime: now(),
      status: 'AWAITING_AUTHORISATION',
      statusUpdateDateTime: now(),
      permissions: data.permissions.filter((name) => !input.unsupported.includes(name)),
      expirationDateTime: data.expirationDateTime,
    };
    consents.set(consent.consentId, consent);
    return show(consent, 201);
  }
  const consent = consents.get(id);
  if (!consent) return refuse(response, 404, 'UNKNOWN');
  if (part === 'extends') {
    consent.expirationDateTime = data.expirationDateTime;
    return show(consent, 201);
  }
  if (request.method === 'GET') return show(consent, 200);
  if (consent.status === 'REJECTED') {
    return refuse(response, 422, 'CONSENTIMENTO_EM_STATUS_REJEITADO');
  }
  Object.assign(consent, {
    status: 'REJECTED',
    rejection: { rejectedBy: 'USER', reason: { code: 'CUSTOMER_MANUALLY_REVOKED' } },
  });
  await revokeTokens(provider, id);
  return answer(response, 204);
};

// What a bank does when a consent ends: its tokens end too.
const revokeTokens = async (provider, id) => {
  if (grants.has(id)) await provider.RefreshToken.revokeByGrantId(grants.get(id));
};

const server = https.createServer({
  cert: input.certificate,
  key: input.key,
  ca: input.authority,
  requestCert: true,
  rejectUnauthorized: false,
});
server.listen(0, '127.0.0.1', () => {
  issuer = `https://localhost:${server.address().port}`;
  const provider = new Provider(issuer, configuration);
  provider.on('grant.success', (ctx) => {
    const token = granted(ctx.oidc);
    if (token) grants.set(idOf(token.scope), token.grantId);
  });
  for (const event of ['server_error', 'registration_create.error']) {
    provider.on(event, (ctx, error) => console.error(error));
  }
  const callback = provider.callback();
  server.on('request', (request, response) => {
    const { pathname, searchParams } = new URL(request.url, issuer);
    const fail = (error) => {
      console.error(error);
      answer(response, 500, { error: 'server_error' });
    };
    if (pathname === '/client-jwks') return answer(response, 200, input.jwks);
    if (pathname.startsWith('/interaction/')) {
      return decide(provider, request, response, searchParams.get('decision')).catch(fail);
    }
    const prefix = '/open-banking/consents/v3/consents';
    if (pathname.startsWith(prefix)) {
      return serve(provider, request, response, pathname.slice(prefix.length)).catch(fail);
    }
    return callback(request, response);
  });
  console.log(JSON.stringify({ port: server.address().port }));
});
