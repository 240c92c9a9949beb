import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes } from 'react';

interface FieldTexts {
  label: string;
  hint?: string | undefined;
  problem?: string | null | undefined;
}

/** A label, a control and what is wrong with it, tied together for whoever cannot see that they are. */
function Field({ label, hint, problem, id, children }: FieldTexts & { id: string; children: ReactNode }) {
  return (
    <div className="field" data-invalid={problem ? true : undefined}>
      <label htmlFor={id}>{label}</label>
      {children}
      {hint && !problem && (
        <p className="field-hint" id={`${id}-note`}>
          {hint}
        </p>
      )}
      {problem && (
        <p className="field-problem" id={`${id}-note`}>
          {problem}
        </p>
      )}
    </div>
  );
}

const noteOf = ({ hint, problem }: FieldTexts, id: string) => ({
  'aria-describedby': hint || problem ? `${id}-note` : undefined,
  'aria-invalid': problem ? true : undefined,
});

export function TextField({ label, hint, problem, ...input }: FieldTexts & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  const texts = { label, hint, problem };
  return (
    <Field {...texts} id={id}>
      <input {...input} {...noteOf(texts, id)} id={id} />
    </Field>
  );
}

export function SelectField({
  label,
  hint,
  problem,
  children,
  ...select
}: FieldTexts & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  const texts = { label, hint, problem };
  return (
    <Field {...texts} id={id}>
      <select {...select} {...noteOf(texts, id)} id={id}>
        {children}
      </select>
    </Field>
  );
}
