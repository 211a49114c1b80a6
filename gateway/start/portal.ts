/** Opens the portal: what its pages say comes from the standards, the contracts and the policy in force. */
import type { JsonObject } from '../../adapters/adapter.ts';
import { REFUSALS } from '../../adapters/refusal.ts';
import { BUS_CONTRACT, HTTP_CONTRACT, VERIFY_PROGRAM } from '../documents.ts';
import { PROTECTION_REASONS } from '../labels/policy-document.ts';
import { offeredPackages } from '../packages.ts';
import { Site } from '../portal/site.ts';
import { REASONS } from '../quality/assess.ts';
import { helpWith } from '../transports/http/advice.ts';
import { makePortal, type Portal } from '../transports/http/portal.ts';
import { PROBLEMS } from '../transports/http/problem.ts';
import { type Sandbox, SCENARIOS } from '../transports/http/sandbox.ts';
import type { Published } from '../transports/http/standards.ts';
import type { HttpContext } from './http-context.ts';
import { openPreviews } from './previews.ts';

/** What the portal gets besides the parts of the gateway. */
export interface PortalContext {
  /** Undefined where the gateway is not a sandbox. */
  readonly sandbox: Sandbox | undefined;
  /** Every version that was ever published, by `$id`. */
  readonly publication: ReadonlyMap<string, JsonObject>;
  /** The documents that this gateway publishes, by path below `/standards/`. */
  readonly documents: ReadonlyMap<string, Published>;
  /** The address of this gateway as its users know it. */
  readonly publicUrl: () => string;
  /** The address at which this gateway can call itself. */
  readonly ownUrl: () => string;
}

export function openPortal(context: HttpContext, portalContext: PortalContext): Portal {
  const { config, inForce, standards, now, version, reset } = context;
  const { sandbox, publication, documents, publicUrl, ownUrl } = portalContext;
  const site = new Site({
    standards,
    published: publication,
    adapters: inForce.adapters,
    problems: PROBLEMS,
    problemHelp: helpWith,
    version,
    http: HTTP_CONTRACT,
    bus: BUS_CONTRACT,
    verifyProgram: VERIFY_PROGRAM,
    limits: config.limits,
    sourceUrl: config.sourceUrl,
    canReset: reset !== undefined,
    packages: offeredPackages(),
    documentAt: (path) => documents.get(path)?.body,
    seeAs: sandbox && openPreviews({ inForce, standards, now }),
    policy: () => inForce.labelling().policy.document,
    reasons: { ...REFUSALS, ...REASONS, ...PROTECTION_REASONS },
    clients: sandbox?.clients ?? (() => []),
    scenarios: sandbox && SCENARIOS,
    url: publicUrl,
  });
  return makePortal(site, sandbox && { issuer: sandbox.issuer, clients: sandbox.clients, self: ownUrl });
}
