'use client';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { sentenceOf } from '#src/components/app-error-of.ts';
import { Button } from '#src/components/ui/button.tsx';
import { Dialog, DialogContent, DialogTrigger, SubmitFooter } from '#src/components/ui/dialog.tsx';
import { Field, Input } from '#src/components/ui/input.tsx';
import { toast } from '#src/components/ui/toast.tsx';
import { useTRPC } from '#src/features/shell/index.ts';
import type { LicenceView } from '#src/server/domain/accounting/accounting.types.ts';
import { cpuHours, HOUR_MS } from '#src/shared/model/accounting.ts';
import { useAdminFacility } from './admin-frame.tsx';
import { LicenceTermsFields, useTypedTerms } from './licence-terms-fields.tsx';
import { lastDayField, leftOf, typedAmount } from './licence-words.ts';
import { useRefreshLicences } from './use-licences.ts';

function ActionForm({
  onSubmit,
  action,
  ready,
  children,
}: {
  onSubmit: () => Promise<unknown>;
  action: string;
  ready: boolean;
  children: ReactNode;
}) {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFault(null);
    try {
      await onSubmit();
    } catch (error) {
      setFault(sentenceOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="grid gap-3" onSubmit={(event) => void submit(event)}>
      {children}
      {fault !== null && (
        <p role="alert" className="text-failed text-sm">
          {fault}
        </p>
      )}
      <SubmitFooter busy={busy} disabled={!ready}>
        {action}
      </SubmitFooter>
    </form>
  );
}

const TB = 1e12;
const inTb = (bytes: number) => (bytes === 0 ? '' : String(bytes / TB));

function TermsForm({ licence, onDone }: { licence: LicenceView; onDone: () => void }) {
  const trpc = useTRPC();
  const { timeZone } = useAdminFacility();
  const change = useMutation(trpc.licences.changeTerms.mutationOptions());
  const initial = {
    lastDay: lastDayField(licence.validUntil, timeZone),
    hotTb: inTb(licence.hotBytes),
    archiveTb: inTb(licence.archiveBytes),
    windowDays: licence.processingWindowDays === null ? '' : String(licence.processingWindowDays),
  };
  const { typed, setTyped, terms } = useTypedTerms(initial, licence.owner.kind, timeZone);
  const submit = async () => {
    if (!terms) return;
    const { licenceId, validUntil } = licence;
    await change.mutateAsync({ licenceId, ...terms, expectedValidUntil: validUntil });
    onDone();
  };
  return (
    <ActionForm onSubmit={submit} action="Save" ready={terms !== null}>
      <LicenceTermsFields typed={typed} onTyped={setTyped} owner={licence.owner.kind} timeZone={timeZone} />
    </ActionForm>
  );
}

function HoursForm({ licence, onDone }: { licence: LicenceView; onDone: () => void }) {
  const trpc = useTRPC();
  const grant = useMutation(trpc.licences.grant.mutationOptions());
  // One id for this form: pressed twice, or sent again after a lost answer, it counts once.
  const [grantId] = useState(() => crypto.randomUUID());
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const cpuMs = typedAmount(typed, HOUR_MS);
  const left = leftOf(licence);
  const tooMuch = cpuMs !== null && left + cpuMs < 0;
  const submit = async () => {
    if (cpuMs === null) return;
    await grant.mutateAsync({ licenceId: licence.licenceId, grantId, cpuMs, reason: reason.trim() });
    onDone();
  };
  return (
    <ActionForm onSubmit={submit} action="Book" ready={cpuMs !== null && cpuMs !== 0 && !tooMuch}>
      <Field
        label="CPU hours"
        hint={`${cpuHours(left)} are left now. With a minus sign they are taken back.`}
        fault={
          tooMuch
            ? `Only ${cpuHours(left)} are neither used nor set aside.`
            : typed !== '' && typed !== '-' && cpuMs === null
              ? 'A number, such as 500 or −12.5.'
              : undefined
        }
      >
        {(props) => (
          <Input
            {...props}
            required
            inputMode="text"
            autoComplete="off"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value.replace('−', '-'))}
          />
        )}
      </Field>
      <Field label="Reason" hint="Kept in the ledger.">
        {(props) => (
          <Input
            {...props}
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        )}
      </Field>
    </ActionForm>
  );
}

/** Extends a licence and books CPU hours. */
export function LicenceActions({ licence }: { licence: LicenceView }) {
  const refresh = useRefreshLicences();
  const [open, setOpen] = useState<'terms' | 'hours' | null>(null);
  const done = (text: string) => () => {
    setOpen(null);
    toast.done(text);
    void refresh();
  };
  return (
    <>
      <Dialog open={open === 'terms'} onOpenChange={(now) => setOpen(now ? 'terms' : null)}>
        <DialogTrigger asChild>
          <Button>Extend or change</Button>
        </DialogTrigger>
        <DialogContent title={`Terms of “${licence.name}”`}>
          <TermsForm licence={licence} onDone={done(`“${licence.name}” was changed`)} />
        </DialogContent>
      </Dialog>
      <Dialog open={open === 'hours'} onOpenChange={(now) => setOpen(now ? 'hours' : null)}>
        <DialogTrigger asChild>
          <Button look="primary">Book CPU hours</Button>
        </DialogTrigger>
        <DialogContent title={`CPU hours of “${licence.name}”`}>
          <HoursForm licence={licence} onDone={done('The CPU hours are booked')} />
        </DialogContent>
      </Dialog>
    </>
  );
}
